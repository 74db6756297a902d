#include "frame_input.hpp"

#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "link/frame.hpp"

namespace millrace::native {

namespace {

constexpr std::size_t kReadSize = std::size_t{256} * 1024;

}  // namespace

Ending FrameInput::read() {
  const std::size_t before = input_.size();
  input_.resize(before + kReadSize);
  const ssize_t got = ::read(link_, input_.data() + before, kReadSize);
  input_.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return Ending::server_gone;
  std::string_view rest = input_;
  for (;;) {
    const link::Decoded decoded = link::decode_frame(rest);
    if (decoded.status == link::DecodeStatus::need_more) break;
    if (decoded.status == link::DecodeStatus::failed || !host_.on_frame(decoded.frame)) {
      return Ending::protocol_error;
    }
    rest.remove_prefix(decoded.consumed);
  }
  input_.erase(0, input_.size() - rest.size());
  return Ending::none;
}

}  // namespace millrace::native
