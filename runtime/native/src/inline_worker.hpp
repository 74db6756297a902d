// InlineWorker is a native worker inside the server's process: handlers run on the server's loop,
// in the turn in which their requests were read.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "worker_session.hpp"
#include "workers/inline_peer.hpp"

namespace millrace::native {

/// Belongs to the loop's thread. Work that its calls have started continues after it is destroyed.
class InlineWorker final : public workers::InlinePeer {
 public:
  InlineWorker(boost::asio::io_context& context, std::function<void()> has_frames);
  ~InlineWorker() override;

  bool receive(std::string_view frames) override;
  void take(std::string& frames) override;
  [[nodiscard]] bool ended() const override;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace millrace::native
