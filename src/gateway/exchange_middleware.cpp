// The part of an exchange that only sites with rules or a middleware need: the steps that Resolution
// finds, the middleware's answer, and the request's body, which both the middleware and what follows
// it must see.
#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "gateway/exchange.hpp"
#include "gateway/internal_fields.hpp"
#include "gateway/middleware_answer.hpp"
#include "gateway/resolution.hpp"
#include "gateway/server.hpp"
#include "gateway/site.hpp"
#include "http/connection_options.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

constexpr std::string_view kUndecided =
    "Bad Request: whether a rule of this site takes this request cannot be told.\n";

/// It has to start, and to compile what it is asked for.
constexpr std::chrono::milliseconds kNextDevPatience{180'000};

/// As the worker adds them for handlers.
void append_forwarded(std::string& fields, const net::Peer& peer) {
  const auto add = [&fields](std::string_view name, std::string_view value) {
    if (!http::find_field(fields, name))
      fields.append(name).append(": ").append(value).append("\r\n");
  };
  add("x-forwarded-host", std::string(http::find_field(fields, "host").value_or("localhost")));
  add("x-forwarded-port", std::to_string(peer.local_port));
  add("x-forwarded-proto", "http");
  add("x-forwarded-for", peer.address);
}

/// What Next.js's rewrites to another server say, whatever the client has said: the name by which the
/// client knows this one.
std::string with_forwarded_host(std::string_view fields) {
  constexpr std::string_view kName = "x-forwarded-host";
  std::string out;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (!base::equals_ignoring_case(name, kName))
      out.append(name).append(": ").append(value).append("\r\n");
  }
  const auto host = http::find_field(fields, "host");
  out.append(kName).append(": ").append(host.value_or(std::string_view())).append("\r\n");
  return out;
}

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
      if (!reply_with_file(resolution_->file())) reply_not_found();
      return;
    case Step::external:
      return pass_on();
    case Step::not_found:
      return answer_unrouted();
    case Step::malformed:
      return reply_with_text(400, "Bad Request");
    case Step::failed:
      resolution_->pending() = PendingFields();
      return reply_with_text(500, "Internal Server Error");
    case Step::undecided:
      resolution_->pending() = PendingFields();
      server_.log().say(observe::Level::warn, resolution_->undecided());
      return reply_with_text(400, kUndecided);
  }
}

void Exchange::invoke_middleware() {
  in_middleware_ = true;
  invoke({.route = site_->manifest.middleware_number(),
          .parameters = {},
          .fields = resolution_->fields()});
}

void Exchange::invoke_resolved() {
  if (answers_from_cache(resolution_->match())) return;
  if (const auto query = resolution_->rewritten_query()) {
    // First, where the worker looks for it.
    std::string fields(kRewrittenQueryField);
    fields.append(": ").append(*query).append("\r\n").append(resolution_->fields());
    resolution_->set_fields(std::move(fields), {});
  }
  invoke({.route = resolution_->match().route,
          .parameters = resolution_->match().parameters,
          .fields = resolution_->fields()});
}

void Exchange::pass_on() {
  auto target = parse_upstream_url(resolution_->location());
  if (!target) {
    server_.log().say(observe::Level::error, target.error().message());
    return reply_with_text(500, "Internal Server Error");
  }
  upstream_name_ = resolution_->location();
  std::string fields = with_forwarded_host(resolution_->fields_to_pass_on());
  append_forwarded(fields, peer_);
  start_upstream(target.value(), std::move(fields), site_->manifest.config.proxy_timeout);
}

bool Exchange::is_for_next_dev(std::uint32_t route) const {
  const project::Manifest& manifest = site_->manifest;
  return !manifest.next_dev.empty() && route < manifest.routes.size() &&
         manifest.routes[route].of_next;
}

void Exchange::pass_to_next_dev() {
  // It has rules and a proxy file of its own, which do what ours have done so far.
  if (resolution_) resolution_->pending() = PendingFields();
  auto target = parse_upstream_url(site_->manifest.next_dev + std::string(head_.target));
  if (!target) return reply_with_text(400, "Bad Request");
  upstream_name_ = "`next dev`";
  const http::ConnectionOptions options(head_.fields);
  std::string fields;
  for (const auto& [name, value] : http::FieldsView(head_.fields)) {
    if (!options.removes(name)) fields.append(name).append(": ").append(value).append("\r\n");
  }
  append_forwarded(fields, peer_);
  start_upstream(target.value(), std::move(fields), kNextDevPatience);
}

void Exchange::start_upstream(const UpstreamTarget& target, std::string fields,
                              std::chrono::milliseconds patience) {
  invocation_.reset();
  upstream_descriptor_ = server_.take_descriptor();
  if (!upstream_descriptor_) return reply_busy();
  upstream_ = std::make_unique<UpstreamRequest>(server_.loop(),
                                                static_cast<workers::Invocation::Observer&>(*this),
                                                server_.trust(), patience);
  begin_replay();
  upstream_->start(target, head_, fields);
}

void Exchange::fail_upstream() {
  server_.log().say(observe::Level::error,
                    "cannot pass a request on to " + upstream_name_ + ": " + upstream_->failure());
  reply_with_text(500, "Internal Server Error");
}

void Exchange::begin_replay() {
  if (copy_) copy_->rewind();
  copy_end_sent_ = false;
  replaying_ = head_.has_body && (copy_ || body_ended_);
}

bool Exchange::take_middleware_answer(const link::ResponseView& response, bool end) {
  in_middleware_ = false;
  MiddlewareAnswer answer = read_middleware_answer(response.status, response.fields,
                                                   resolution_->fields(), resolution_->pending());
  using Kind = MiddlewareAnswer::Kind;
  if (answer.kind == Kind::answer) {
    copy_.reset();
    return false;
  }
  if (!end) invocation_->abort(link::AbortReason::client_gone);
  if (answer.kind == Kind::redirect) {
    redirect(response.status, answer.location);
    return true;
  }
  resolution_->set_fields(std::move(answer.request_fields), std::move(answer.set_fields));
  const auto step = answer.kind == Kind::rewrite ? resolution_->after_rewrite(answer.rewrite)
                                                 : resolution_->after_next();
  take(step);
  return true;
}

void Exchange::send_copied_body() {
  while (!copy_end_sent_) {
    const std::size_t room = source_credit();
    const std::string_view piece = copy_ ? copy_->next(room) : std::string_view();
    if (copy_) copy_->advance(piece.size());
    const bool end = body_ended_ && (!copy_ || copy_->left() == 0);
    if (piece.empty() && !end) break;
    send_to_source(piece, end);
    copy_end_sent_ = end;
  }
  if (copy_ && copy_->left() > 0) return;
  replaying_ = false;
  // The middleware may not be the last to see it.
  if (!in_middleware_) copy_.reset();
  if (!body_ended_) transport_.want_body();
}

void Exchange::copy_body(std::string_view bytes, bool end) {
  if (!copy_) copy_ = std::make_unique<ReplayBuffer>(server_.memory());
  body_ended_ = body_ended_ || end;
  const std::size_t limit = site_->manifest.config.proxy_body_limit;
  if (copy_->size() + bytes.size() > limit) {
    copy_.reset();
    invocation_->abort(link::AbortReason::client_gone);
    // Next.js cuts it there.
    return reply_with_text(413, "Content Too Large: a proxy file takes " + std::to_string(limit) +
                                    " bytes (experimental.proxyClientMaxBodySize).\n");
  }
  if (copy_->append(bytes) || (server_.make_room(*this) && copy_->append(bytes))) return;
  copy_.reset();
  invocation_->abort(link::AbortReason::client_gone);
  reply_busy();
}

}  // namespace millrace::gateway
