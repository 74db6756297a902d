// A stream of frames as a hostile worker may send it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "link/frame.hpp"
#include "link/frame_encoder.hpp"

namespace link_frames = millrace::link;

namespace {

void look_into(const link_frames::Frame& frame) {
  if (const auto response = link_frames::decode_response(frame.payload)) {
    std::string again;
    link_frames::append_response(again, frame.stream, *response, false);
    if (again.size() != frame.payload.size() + millrace::protocol::kFrameHeadSize) std::abort();
  }
  if (const auto invoke = link_frames::decode_invoke(frame.payload)) {
    if (millrace::protocol::encoded_size(*invoke) != frame.payload.size()) std::abort();
  }
  static_cast<void>(link_frames::decode_credit(frame.payload));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  for (;;) {
    const link_frames::Decoded decoded = link_frames::decode_frame(input);
    if (decoded.status != link_frames::DecodeStatus::frame) return 0;
    if (decoded.consumed > input.size()) std::abort();
    look_into(decoded.frame);
    input.remove_prefix(decoded.consumed);
  }
}
