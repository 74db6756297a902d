// InlineWorker is a worker for routes in C++ inside the server's process: handlers run on the
// server's loop, in the turn in which their requests were read.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "host.hpp"
#include "workers/inline_peer.hpp"

namespace millrace::native {

/// Belongs to the loop's thread. What its calls have started goes on when it is destroyed.
class InlineWorker final : public workers::InlinePeer {
 public:
  InlineWorker(boost::asio::io_context& context, std::function<void()> has_frames);
  ~InlineWorker() override;

  bool receive(std::string_view frames) override;
  void take(std::string& frames) override;
  [[nodiscard]] bool ended() const override;

 private:
  class Inside;
  std::shared_ptr<Inside> inside_;
};

}  // namespace millrace::native
