#include "native_call.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "link/frame_encoder.hpp"
#include "project/route.hpp"
#include "target.hpp"

namespace millrace::native {

namespace asio = boost::asio;
using link::Kind;

namespace {

/// The link encodes the length of a reason phrase in 16 bits.
constexpr std::size_t kMaxReason = 65535;

/// Whether Next.js knows the method.
bool is_known_method(std::string_view method) {
  constexpr auto& kMethods = project::kRouteMethods;
  return method == "TRACE" || std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "the handler threw a value that is not a std::exception";
  }
}

}  // namespace

NativeCall::NativeCall(CallOwner& owner, Outbox& out, std::shared_ptr<const Generation> generation,
                       NativeRoute& route, std::uint64_t stream, std::string payload, bool has_body,
                       std::shared_ptr<void> keep_alive)
    : keep_alive_(std::move(keep_alive)),
      owner_(owner),
      out_(out),
      generation_(std::move(generation)),
      route_(route),
      stream_(stream),
      payload_(std::move(payload)),
      view_(*link::decode_invoke(payload_)),
      body_ended_(!has_body),
      send_credit_(protocol::kInitialCredit) {}

NativeCall::~NativeCall() = default;

void NativeCall::run_after(std::function<Task<void>()> work) { works_.push_back(std::move(work)); }

void NativeCall::log(LogLevel level, std::string_view text) {
  constexpr std::size_t kMaxText = 256 * 1024;
  std::string payload(1, static_cast<char>(level));
  payload.append(text.substr(0, kMaxText));
  out_.append(Kind::log, stream_, payload);
  // It may be the last message of the worker.
  if (level == LogLevel::error) out_.flush();
}

void NativeCall::run(asio::io_context& loop) {
  {
    const std::lock_guard lock(mutex_);
    loop_ = &loop;
    if (aborted_) return over();
  }
  if (too_large_) return reject_large_body();
  const auto& code = route_.code();
  if (!code) return fail_with(code.error().message());
  try {
    call_handler();
  } catch (...) {
    fail(std::current_exception());
  }
}

void NativeCall::call_handler() {
  const detail::MethodEntry* const handler = route_.handler(view_.method);
  if (handler == nullptr) return respond_without_handler();
  const bool pages = route_.kind() == RouteKind::pages;
  target_ = target_of(view_, pages ? std::span(route_.segments()) : std::span<const Segment>(),
                      generation_->base_path(), pages);
  const RequestHead::Parts parts{.method = view_.method,
                                 .target = target_,
                                 .fields = without_internal_fields(view_.fields),
                                 .remote_address = view_.remote_address,
                                 .secure = view_.secure,
                                 .server_port = generation_->server_port(),
                                 .call = this};
  params_.emplace(route_.segments(), view_.parameters);
  if (handler->streamed != nullptr) {
    streamed_.emplace(parts);
    return start(handler->streamed(*streamed_, *params_));
  }
  request_.emplace(parts, std::move(body_));
  if (handler->plain != nullptr) return respond(handler->plain(*request_, *params_));
  start(handler->task(*request_, *params_));
}

template <class T>
Task<T> NativeCall::begin(Cancellation& cancel, Task<T> task) {
  // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): clang 14 does not follow coroutines
  co_await asio::this_coro::throw_if_cancelled(false);
  {
    const std::lock_guard lock(mutex_);
    if (aborted_) throw boost::system::system_error(asio::error::operation_aborted);
  }
  cancel.begun = true;
  co_return co_await std::move(task);
}

void NativeCall::start(Task<Response> task) {
  auto finished = [self = shared_from_this()](const std::exception_ptr& error, Response response) {
    try {
      if (error) std::rethrow_exception(error);
      self->respond(std::move(response));
    } catch (...) {
      self->fail(std::current_exception());
    }
  };
  asio::co_spawn(*loop_, begin(cancel_, std::move(task)),
                 asio::bind_cancellation_slot(cancel_.signal.slot(), std::move(finished)));
}

void NativeCall::respond_without_handler() {
  const bool known = is_known_method(view_.method);
  if (!known) return respond(Response(400));
  // RFC 9110 §15.5.6: a 405 response lists the allowed methods.
  const int status = view_.method == "OPTIONS" ? 204 : 405;
  respond(Response(status).header("allow", (*route_.code()).allow()));
}

void NativeCall::reject_large_body() {
  respond(Response::text("Content Too Large: this route accepts " +
                             std::to_string(route_.options().max_body) +
                             " bytes (RouteOptions::max_body).\n",
                         413));
}

void NativeCall::complete_middleware_response(Response& response) const {
  constexpr std::array kRedirects = {301, 302, 303, 307, 308};
  const auto location = response.header("location");
  const bool redirects =
      std::find(kRedirects.begin(), kRedirects.end(), response.status()) != kRedirects.end();
  if (redirects && location) response.replace_body(*location);
}

void NativeCall::respond(Response response) {
  if (response.status() < 200 || response.status() > 999) {
    return fail_with("the handler responded with the status " + std::to_string(response.status()) +
                     "; expected one from 200 to 999");
  }
  if (route_.kind() == RouteKind::middleware) complete_middleware_response(response);
  if (response.reason().size() > kMaxReason) {
    return fail_with("the response's reason phrase is too long: expected at most " +
                     std::to_string(kMaxReason) + " bytes, found " +
                     std::to_string(response.reason().size()));
  }
  const std::size_t head =
      protocol::response_head::kSize + response.reason().size() + response.fields().size();
  if (head > protocol::kMaxPayload) {
    return fail_with("the response's fields are too long: expected at most " +
                     std::to_string(protocol::kMaxPayload) + " bytes, found " +
                     std::to_string(head));
  }
  std::size_t room = 0;
  {
    const std::lock_guard lock(mutex_);
    if (aborted_) return over();
    room = std::min({send_credit_, response.body().size(), protocol::kMaxPayload - head});
    send_credit_ -= room;
  }
  if (view_.method == "HEAD") {
    send_head(response, {}, true);
    return over();
  }
  if (response.producer()) {
    send_head(response, {}, false);
    return spawn(produce(std::move(response)));
  }
  const std::string_view body = response.body();
  if (room == body.size()) {
    send_head(response, body, true);
    return over();
  }
  send_head(response, body.substr(0, room), false);
  spawn(send_rest(std::string(body.substr(room))));
}

void NativeCall::send_head(const Response& response, std::string_view body, bool end) {
  responded_ = true;
  const link::ResponseView view{.status = static_cast<std::uint16_t>(response.status()),
                                .reason = response.reason(),
                                .fields = response.fields(),
                                .body = body};
  out_.append([&](std::string& out) { link::append_response(out, stream_, view, end); });
  if (!end) out_.flush();
}

Task<void> NativeCall::produce(Response response) {
  BodyWriter writer(*this);
  co_await response.producer()(writer);
  end_stream();
}

Task<void> NativeCall::send_rest(std::string rest) {
  // A named variable, because g++ 12 destroys an argument twice that is created inside a co_await.
  Task<bool> sending = write_body(std::move(rest));
  if (co_await std::move(sending)) end_stream();
}

void NativeCall::spawn(Task<void> task) {
  auto finished = [self = shared_from_this()](const std::exception_ptr& error) {
    if (error) self->fail(error);
    self->over();
  };
  asio::co_spawn(*loop_, begin(cancel_body_, std::move(task)),
                 asio::bind_cancellation_slot(cancel_body_.signal.slot(), std::move(finished)));
}

void NativeCall::end_stream() {
  {
    const std::lock_guard lock(mutex_);
    if (aborted_) return;
  }
  out_.append(Kind::end, stream_, {}, true);
  out_.flush();
}

void NativeCall::fail(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const HttpError& thrown) {
    if (!responded_) return respond(thrown.response());
  } catch (...) {
  }
  fail_with(text_of(error));
}

void NativeCall::fail_with(std::string_view text) {
  {
    const std::lock_guard lock(mutex_);
    // An error caused by the client's disconnect is not logged.
    if (aborted_) return over();
  }
  // The build has printed the compiler's messages.
  if (route_.is_compiled()) {
    std::string line = "Error in ";
    line.append(view_.method).append(" ").append(route_.path()).append(" (").append(route_.file());
    log(LogLevel::error, line.append("): ").append(text));
  }
  if (responded_) {
    out_.append([&](std::string& out) {
      link::append_abort(out, stream_, link::AbortReason::handler_failed);
    });
    return over();
  }
  if (generation_->development()) {
    return respond(Response::text("Internal Server Error\n\n" + std::string(text) + "\n", 500)
                       .header("x-millrace-error", "1")
                       .header("cache-control", "no-store")
                       .header("x-content-type-options", "nosniff"));
  }
  if (route_.kind() == RouteKind::app) return respond(Response(500));
  Response plain(500);
  plain.replace_body("Internal Server Error");
  respond(std::move(plain));
}

void NativeCall::over() {
  if (std::exchange(over_, true)) return;
  owner_.on_call_over(*this);
  if (works_.empty()) return owner_.on_call_done(*this);
  out_.flush();
  // In the server's own process the response is passed to its connection at the end of this turn
  // and sent to the client at the end of the next: work that blocks the loop must not delay it.
  auto begin_work = [self = shared_from_this()] {
    asio::co_spawn(*self->loop_, self->work(), [self](const std::exception_ptr& /*none*/) {
      self->owner_.on_call_done(*self);
    });
  };
  asio::post(*loop_, [loop = loop_, begin_work] { asio::post(*loop, begin_work); });
}

Task<void> NativeCall::work() {
  // Running work can add more.
  for (std::size_t i = 0; i < works_.size(); ++i) {
    try {
      const std::function<Task<void>()> next = works_[i];
      co_await next();
    } catch (...) {
      log(LogLevel::error, "Error in after() of " + route_.path() + " (" + route_.file() +
                               "): " + text_of(std::current_exception()));
    }
  }
}

}  // namespace millrace::native
