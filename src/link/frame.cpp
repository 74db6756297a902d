#include "link/frame.hpp"

#include "base/little_endian.hpp"

namespace millrace::link {

using base::load_le;

namespace {

std::uint64_t load_stream(const char* head) {
  return std::uint64_t{load_le<std::uint16_t>(head + 6)} << 32U | load_le<std::uint32_t>(head + 8);
}

}  // namespace

Decoded decode_frame(std::string_view input) {
  if (input.size() < protocol::kFrameHeadSize) return {};
  const auto length = load_le<std::uint32_t>(input.data());
  const auto kind = static_cast<std::uint8_t>(input[4]);
  const auto flags = static_cast<std::uint8_t>(input[5]);
  const protocol::KindInfo* const info = protocol::find_kind(kind);
  if (info == nullptr || length < info->smallest || length > info->largest ||
      (flags & ~info->flags) != 0) {
    return {.status = DecodeStatus::failed, .consumed = 0, .frame = {}};
  }
  const std::size_t size = protocol::kFrameHeadSize + length;
  if (input.size() < size) return {};
  return {.status = DecodeStatus::frame,
          .consumed = size,
          .frame = {.kind = static_cast<Kind>(kind),
                    .flags = flags,
                    .stream = load_stream(input.data()),
                    .payload = input.substr(protocol::kFrameHeadSize, length)}};
}

std::optional<std::uint32_t> decode_credit(std::string_view payload) {
  if (payload.size() != sizeof(std::uint32_t)) return std::nullopt;
  return load_le<std::uint32_t>(payload.data());
}

}  // namespace millrace::link
