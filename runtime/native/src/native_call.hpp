// NativeCall is one invocation of a native route, from the frame that opens it to the end of the
// response and of the work passed to after(). The link's thread feeds it (body, credit, abort); the
// thread that takes it runs its handler and everything that the handler starts.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "generation.hpp"
#include "link/frame.hpp"
#include "millrace/detail/call.hpp"
#include "millrace/params.hpp"
#include "millrace/request.hpp"
#include "millrace/response.hpp"
#include "outbox.hpp"

namespace millrace::native {

class NativeCall;

/// Counts calls. Called from the thread that ran the call, or the link's.
class CallOwner {
 public:
  CallOwner() = default;
  CallOwner(const CallOwner&) = delete;
  CallOwner& operator=(const CallOwner&) = delete;
  virtual ~CallOwner() = default;

  /// The stream has ended. Called once for each call.
  virtual void on_call_over(NativeCall& call) = 0;
  /// The stream has ended and all work that the call started is done. Called once for each call.
  virtual void on_call_done(NativeCall& call) = 0;
};

class NativeCall final : public detail::Call, public std::enable_shared_from_this<NativeCall> {
 public:
  /// `payload`: of an `invoke` frame that link::decode_invoke() accepts. `keep_alive`: destroyed
  /// after the call.
  NativeCall(CallOwner& owner, Outbox& out, std::shared_ptr<const Generation> generation,
             NativeRoute& route, std::uint64_t stream, std::string payload, bool has_body,
             std::shared_ptr<void> keep_alive);
  ~NativeCall() override;

  // From the link's thread:

  /// Whether the handler can be called: its request is complete, or it reads the body itself.
  [[nodiscard]] bool runnable();
  /// Receives bytes of the body. Returns true if they make the call runnable.
  [[nodiscard]] bool receive_body(std::string_view bytes, bool end);
  void receive_credit(std::uint32_t bytes);
  void receive_abort();

  // From the thread that takes it:

  /// Calls the handler on `loop`, which runs in the calling thread.
  void run(boost::asio::io_context& loop);

  [[nodiscard]] NativeRoute& route() const { return route_; }
  [[nodiscard]] std::uint64_t stream() const { return stream_; }

  // detail::Call
  boost::asio::any_io_executor executor() override { return loop_->get_executor(); }
  Task<std::string> read_body() override;
  Task<bool> write_body(std::string bytes) override;
  void run_after(std::function<Task<void>()> work) override;
  void log(LogLevel level, std::string_view text) override;
  std::stop_token stop_token() const override { return stop_.get_token(); }

 private:
  /// Cancels what a task waits for. Has no effect before the task has begun: Asio's frame around it
  /// would throw an exception that nothing catches.
  struct Cancellation {
    boost::asio::cancellation_signal signal;
    bool begun = false;

    void emit() {
      if (begun) signal.emit(boost::asio::cancellation_type::terminal);
    }
  };

  /// Runs the task so that a cancellation ends what it waits for and throws nowhere else.
  template <class T>
  [[nodiscard]] Task<T> begin(Cancellation& cancel, Task<T> task);
  void call_handler();
  void start(Task<Response> task);
  void respond(Response response);
  void respond_without_handler();
  void complete_middleware_response(Response& response) const;
  void fail(const std::exception_ptr& error);
  void fail_with(std::string_view text);
  void reject_large_body();
  void send_head(const Response& response, std::string_view body, bool end);
  [[nodiscard]] Task<void> produce(Response response);
  [[nodiscard]] Task<void> send_rest(std::string rest);
  void spawn(Task<void> task);
  void end_stream();
  void over();
  [[nodiscard]] Task<void> work();

  /// Wakes tasks that wait for the link. There is one for each direction; any number of tasks can
  /// wait.
  struct Event {
    /// Never expires. Belongs to the call's thread; empty until a task has waited.
    std::optional<boost::asio::steady_timer> timer;
    /// Whether any task waits; guarded by the call's mutex.
    bool has_waiters = false;

    void notify() {
      if (timer) timer->cancel();
    }
  };
  [[nodiscard]] Task<void> wait(Event& event);
  /// The mutex must be held.
  void wake(Event& event);
  void grant(std::size_t bytes);
  [[nodiscard]] std::string target() const;

  /// The first member, so that it is destroyed last.
  const std::shared_ptr<void> keep_alive_;
  CallOwner& owner_;
  Outbox& out_;
  const std::shared_ptr<const Generation> generation_;
  NativeRoute& route_;
  const std::uint64_t stream_;
  const std::string payload_;
  link::InvokeView view_;

  /// Guards the members up to the next blank line, which both threads use.
  std::mutex mutex_;
  std::string body_;
  bool body_ended_;
  bool too_large_ = false;
  /// Whether the handler is called before the body is complete.
  bool runs_before_body_ = false;
  bool aborted_ = false;
  std::size_t send_credit_;
  /// Bytes received and not yet granted again.
  std::size_t ungranted_ = 0;
  /// Null until a thread takes the call.
  boost::asio::io_context* loop_ = nullptr;

  /// Notified when more of the body has arrived, and when there is more credit.
  Event body_event_;
  Event credit_event_;
  std::stop_source stop_;

  // Belong to the thread that runs the call.
  /// Of the handler, and of the task that sends the body after it: a signal serves one task.
  Cancellation cancel_;
  Cancellation cancel_body_;
  std::string target_;
  std::optional<Request> request_;
  std::optional<StreamedRequest> streamed_;
  std::optional<Params> params_;
  std::vector<std::function<Task<void>()>> works_;
  bool responded_ = false;
  bool over_ = false;
};

}  // namespace millrace::native
