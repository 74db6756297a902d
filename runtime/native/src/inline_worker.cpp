#include "inline_worker.hpp"

#include <atomic>
#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

#include "link/frame.hpp"
#include "loop_runner.hpp"
#include "outbox.hpp"

namespace millrace::native {

namespace {

/// Notifies the server of every appended frame, whichever thread appends it and whether or not it
/// is flushed, because no later turn is certain.
class MemoryOutbox final : public Outbox {
 public:
  MemoryOutbox(boost::asio::io_context& context, std::function<void()> has_frames)
      : context_(context), has_frames_(std::move(has_frames)) {}

  void flush() override {
    // The plain read comes first: it is usually true, and an exchange is more expensive.
    if (taken_soon_ || taken_soon_.exchange(true)) return;
    if (context_.get_executor().running_in_this_thread()) return has_frames_();
    // A thread that a route has started.
    boost::asio::post(context_, [alive = self_] {
      if (const auto out = alive.lock()) out->has_frames_();
    });
  }
  void take(std::string& frames) {
    // Reset first, so that frames appended from now on notify again.
    taken_soon_ = false;
    take_waiting(frames);
  }
  /// The caller takes the frames when the current call returns.
  void expect_take() { taken_soon_ = true; }
  /// The server has disconnected.
  void disconnect() {
    has_frames_ = [] {};
  }
  void set_self(const std::shared_ptr<MemoryOutbox>& self) { self_ = self; }

 private:
  void on_append() override { flush(); }

  boost::asio::io_context& context_;
  std::weak_ptr<MemoryOutbox> self_;
  std::atomic<bool> taken_soon_{true};
  /// Belongs to the loop's thread.
  std::function<void()> has_frames_;
};

}  // namespace

/// Outlives the worker while calls are open.
class InlineWorker::State {
 public:
  State(boost::asio::io_context& context, std::function<void()> has_frames)
      : out(context, std::move(has_frames)),
        runner(context, out),
        // The end of a call may complete the drain.
        session(out, runner, [this] { out.flush(); }) {}

  MemoryOutbox out;
  LoopRunner runner;
  WorkerSession session;
};

InlineWorker::InlineWorker(boost::asio::io_context& context, std::function<void()> has_frames)
    : state_(std::make_shared<State>(context, std::move(has_frames))) {
  state_->out.set_self(std::shared_ptr<MemoryOutbox>(state_, &state_->out));
  state_->session.keep_alive_by(state_);
  state_->session.ignore_overdue();
  state_->session.send_hello();
}

InlineWorker::~InlineWorker() {
  state_->out.disconnect();
  // From now on, open calls keep it alive.
  state_->session.keep_alive_by({});
}

bool InlineWorker::receive(std::string_view frames) {
  state_->out.expect_take();
  while (!frames.empty()) {
    const link::Decoded decoded = link::decode_frame(frames);
    if (decoded.status != link::DecodeStatus::frame || !state_->session.on_frame(decoded.frame)) {
      return false;
    }
    frames.remove_prefix(decoded.consumed);
  }
  state_->session.run_batch();
  return true;
}

void InlineWorker::take(std::string& frames) { state_->out.take(frames); }

bool InlineWorker::ended() const { return state_->session.drained(); }

}  // namespace millrace::native
