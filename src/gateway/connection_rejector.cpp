#include "gateway/connection_rejector.hpp"

#include <utility>

#include "net/stream.hpp"

namespace millrace::gateway {

namespace {

class Discard final : public net::Stream::Observer {
 public:
  std::size_t on_bytes(std::string_view input) override { return input.size(); }
  void on_closed() override {}
  void on_drained() override {}
};

}  // namespace

void ConnectionRejector::reject(net::EventLoop& loop, base::UniqueFd socket,
                                std::string_view response) const {
  if (*count_ >= kMost) return;
  // finish() releases the last owner.
  Discard discard;
  ++*count_;
  const std::shared_ptr<const void> counted(nullptr, [count = count_](const void*) { --*count; });
  const auto stream = net::Stream::adopt(loop, std::move(socket), discard, {},
                                         {.memory = nullptr, .descriptor = counted});
  stream->write(response);
  stream->finish();
}

}  // namespace millrace::gateway
