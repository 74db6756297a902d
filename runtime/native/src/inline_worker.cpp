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

/// Has the server take what is appended, whoever appends it and whether or not it is flushed: no other
/// turn is sure to come.
class MemoryOutbox final : public Outbox {
 public:
  MemoryOutbox(boost::asio::io_context& context, std::function<void()> has_frames)
      : context_(context), has_frames_(std::move(has_frames)) {}

  void flush() override {
    // Read first: in the hot path it is true, and to exchange is dearer.
    if (taken_soon_ || taken_soon_.exchange(true)) return;
    if (context_.get_executor().running_in_this_thread()) return has_frames_();
    // A thread that a route has started.
    boost::asio::post(context_, [alive = self_] {
      if (const auto out = alive.lock()) out->has_frames_();
    });
  }
  void take(std::string& frames) {
    // First: what another thread appends from now on asks again.
    taken_soon_ = false;
    take_waiting(frames);
  }
  /// Whoever calls takes the frames when we return.
  void expect_take() { taken_soon_ = true; }
  /// The server is gone, or no longer listens.
  void forget() {
    has_frames_ = [] {};
  }
  void keep(const std::shared_ptr<MemoryOutbox>& self) { self_ = self; }

 private:
  void on_append() override { flush(); }

  boost::asio::io_context& context_;
  std::weak_ptr<MemoryOutbox> self_;
  std::atomic<bool> taken_soon_{true};
  /// Of the loop's thread.
  std::function<void()> has_frames_;
};

}  // namespace

/// Outlives the worker for as long as calls are open.
class InlineWorker::Inside {
 public:
  Inside(boost::asio::io_context& context, std::function<void()> has_frames)
      : out(context, std::move(has_frames)),
        runner(context, out),
        // The end of what it waited for may be what ends it.
        host(out, runner, [this] { out.flush(); }) {}

  MemoryOutbox out;
  LoopRunner runner;
  Host host;
};

InlineWorker::InlineWorker(boost::asio::io_context& context, std::function<void()> has_frames)
    : inside_(std::make_shared<Inside>(context, std::move(has_frames))) {
  inside_->out.keep(std::shared_ptr<MemoryOutbox>(inside_, &inside_->out));
  inside_->host.keep_alive_by(inside_);
  inside_->host.answer_always();
  inside_->host.say_hello();
}

InlineWorker::~InlineWorker() {
  inside_->out.forget();
  // Calls keep it from now on.
  inside_->host.keep_alive_by({});
}

bool InlineWorker::receive(std::string_view frames) {
  inside_->out.expect_take();
  while (!frames.empty()) {
    const link::Decoded decoded = link::decode_frame(frames);
    if (decoded.status != link::DecodeStatus::frame || !inside_->host.on_frame(decoded.frame)) {
      return false;
    }
    frames.remove_prefix(decoded.consumed);
  }
  inside_->host.run_batch();
  return true;
}

void InlineWorker::take(std::string& frames) { inside_->out.take(frames); }

bool InlineWorker::ended() const { return inside_->host.drained(); }

}  // namespace millrace::native
