#include "frame_input.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "link/frame.hpp"

namespace millrace::native {

namespace {

/// The size of a read; a frame can be longer.
constexpr std::size_t kReadSize = std::size_t{256} * 1024;

}  // namespace

FrameInput::FrameInput(int link, WorkerSession& session)
    : link_(link), session_(session), bytes_(kReadSize) {}

Ending FrameInput::read() {
  // A full buffer contains a frame that is longer than the buffer.
  if (have_ == bytes_.size()) bytes_.resize(2 * bytes_.size());
  const ssize_t got = ::read(link_, bytes_.data() + have_, bytes_.size() - have_);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return Ending::server_gone;
  if (got > 0) have_ += static_cast<std::size_t>(got);
  std::string_view rest(bytes_.data(), have_);
  for (;;) {
    const link::Decoded decoded = link::decode_frame(rest);
    if (decoded.status == link::DecodeStatus::need_more) break;
    if (decoded.status == link::DecodeStatus::failed || !session_.on_frame(decoded.frame)) {
      return Ending::protocol_error;
    }
    rest.remove_prefix(decoded.consumed);
  }
  std::copy(rest.begin(), rest.end(), bytes_.begin());
  have_ = rest.size();
  return Ending::none;
}

}  // namespace millrace::native
