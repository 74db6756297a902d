#include "inline_worker.hpp"

#include <boost/asio/post.hpp>
#include <utility>
#include <vector>

#include "link/frame.hpp"
#include "loop_runner.hpp"
#include "outbox.hpp"

namespace millrace::native {

namespace {

class MemoryOutbox final : public Outbox {
 public:
  explicit MemoryOutbox(std::function<void()> has_frames) : has_frames_(std::move(has_frames)) {}

  void flush() override {
    if (!taken_soon) has_frames_();
  }
  void take(std::string& frames) { take_waiting(frames); }
  /// The server is gone, or no longer listens.
  void forget() {
    has_frames_ = [] {};
  }

  /// Whoever called takes the frames when we return.
  bool taken_soon = false;

 private:
  std::function<void()> has_frames_;
};

}  // namespace

/// Outlives the worker for as long as calls are open.
class InlineWorker::Inside {
 public:
  Inside(boost::asio::io_context& context, std::function<void()> has_frames)
      : out(std::move(has_frames)), runner(context, out), host(out, runner) {}

  MemoryOutbox out;
  LoopRunner runner;
  Host host;
};

InlineWorker::InlineWorker(boost::asio::io_context& context, std::function<void()> has_frames)
    : inside_(std::make_shared<Inside>(context, std::move(has_frames))) {
  inside_->out.taken_soon = true;
  inside_->host.keep_alive_by(inside_);
  inside_->host.say_hello();
}

InlineWorker::~InlineWorker() {
  inside_->out.forget();
  // Calls keep it from now on.
  inside_->host.keep_alive_by({});
}

bool InlineWorker::receive(std::string_view frames) {
  inside_->out.taken_soon = true;
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

void InlineWorker::take(std::string& frames) {
  inside_->out.take(frames);
  inside_->out.taken_soon = false;
}

bool InlineWorker::ended() const { return inside_->host.drained(); }

}  // namespace millrace::native
