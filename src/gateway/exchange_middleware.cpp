// The part of an exchange that only sites with rules or a middleware need: the steps that Resolution
// finds, the middleware's answer, and the request's body, which both the middleware and what follows
// it must see.
#include <algorithm>
#include <utility>

#include "gateway/exchange.hpp"
#include "gateway/internal_fields.hpp"
#include "gateway/middleware_answer.hpp"
#include "gateway/resolution.hpp"
#include "gateway/server.hpp"
#include "gateway/site.hpp"
#include "workers/pool.hpp"

namespace millrace::gateway {

namespace {

/// As `proxyClientMaxBodySize` in Next.js, which cuts a longer body; here it is refused.
constexpr std::size_t kLongestCopy = std::size_t{10} * 1024 * 1024;

constexpr std::string_view kNoExternal =
    "Bad Gateway: rewrites to other servers are not supported yet.\n";

}  // namespace

void Exchange::take(Resolution::Step step) {
  using Step = Resolution::Step;
  switch (step) {
    case Step::redirect:
      // As Next.js: what headers() says is not for redirects of next.config.
      resolution_->pending() = PendingFields();
      return redirect(resolution_->status(), resolution_->location());
    case Step::middleware:
      return invoke_middleware();
    case Step::route:
      return invoke_resolved();
    case Step::file:
      file_ = FileReply::open(resolution_->file(), site_->file_etags());
      if (file_) return reply_with_file();
      return reply_not_found();
    case Step::external:
      return reply_with_text(502, kNoExternal);
    case Step::not_found:
      return reply_not_found();
    case Step::malformed:
      return reply_with_text(400, "Bad Request");
    case Step::failed:
      resolution_->pending() = PendingFields();
      return reply_with_text(500, "Internal Server Error");
  }
}

void Exchange::invoke_middleware() {
  in_middleware_ = true;
  invoke({.route = static_cast<std::uint32_t>(site_->manifest.routes.size()),
          .parameters = {},
          .fields = resolution_->fields()});
}

void Exchange::invoke_resolved() {
  if (const auto query = resolution_->rewritten_query()) {
    // First, where the worker looks for it.
    std::string fields(kRewrittenQueryField);
    fields.append(": ").append(*query).append("\r\n").append(resolution_->fields());
    resolution_->set_fields(std::move(fields));
  }
  invoke({.route = resolution_->match().route,
          .parameters = resolution_->match().parameters,
          .fields = resolution_->fields()});
}

bool Exchange::take_middleware_answer(const link::ResponseView& response, bool end) {
  in_middleware_ = false;
  MiddlewareAnswer answer = read_middleware_answer(response.status, response.fields,
                                                   resolution_->fields(), resolution_->pending());
  using Kind = MiddlewareAnswer::Kind;
  if (answer.kind == Kind::answer) {
    body_copy_.clear();
    return false;
  }
  if (!end) invocation_->abort(link::AbortReason::client_gone);
  if (answer.kind == Kind::redirect) {
    redirect(response.status, answer.location);
    return true;
  }
  resolution_->set_fields(std::move(answer.request_fields));
  const auto step = answer.kind == Kind::rewrite ? resolution_->after_rewrite(answer.rewrite)
                                                 : resolution_->after_next();
  take(step);
  return true;
}

void Exchange::send_copied_body() {
  if (copied_sent_ < body_copy_.size() || (body_ended_ && !copy_end_sent_)) {
    const std::size_t room = invocation_->body_credit();
    const std::string_view piece = std::string_view(body_copy_).substr(copied_sent_, room);
    copied_sent_ += piece.size();
    const bool end = body_ended_ && copied_sent_ == body_copy_.size();
    if (!piece.empty() || end) invocation_->send_body(piece, end);
    copy_end_sent_ = copy_end_sent_ || end;
  }
  if (copied_sent_ < body_copy_.size()) return;
  replaying_ = false;
  // The middleware may not be the last to see it.
  if (!in_middleware_) body_copy_.clear();
  if (!body_ended_) transport_.want_body();
}

void Exchange::copy_body(std::string_view bytes, bool end) {
  body_copy_.append(bytes);
  body_ended_ = body_ended_ || end;
  if (body_copy_.size() <= kLongestCopy) return;
  invocation_->abort(link::AbortReason::client_gone);
  reply_with_text(413,
                  "Content Too Large: the body is longer than the 10 MB a proxy file takes.\n");
}

}  // namespace millrace::gateway
