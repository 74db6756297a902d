#include "http2/frame_meter.hpp"

#include <algorithm>

namespace millrace::http2 {

namespace {

/// The length of the client's connection preface (RFC 9113 §3.4).
constexpr std::size_t kPreface = 24;

/// Frame types (RFC 9113 §6).
enum Type : unsigned char {
  kData = 0,
  kHeaders = 1,
  kRstStream = 3,
  kWindowUpdate = 8,
  kContinuation = 9,
};

constexpr unsigned char kEndStream = 0x1;
constexpr unsigned char kEndHeaders = 0x4;

}  // namespace

FrameMeter::FrameMeter(const FrameLimits& limits)
    : control_(limits.control),
      resets_(limits.resets),
      updates_(limits.updates),
      empties_(limits.empties),
      max_block_(limits.header_block),
      max_continuations_(limits.continuations),
      skip_(kPreface) {}

FrameMeter::Seen FrameMeter::take(std::string_view input, std::uint32_t now) {
  Seen seen;
  if (skip_ == 0) {
    seen.size = std::min(kFrameHeader - header_bytes_, input.size());
    std::copy_n(input.begin(), seen.size,
                header_.begin() + static_cast<std::ptrdiff_t>(header_bytes_));
    header_bytes_ += seen.size;
    if (header_bytes_ < kFrameHeader) return seen;
    header_bytes_ = 0;
    seen.header = read_header();
    skip_ = seen.header->length;
    seen.flood = check_frame(*seen.header, now);
    if (seen.flood != Flood::none) return seen;
  }
  const std::size_t skipped = std::min(skip_, input.size() - seen.size);
  skip_ -= skipped;
  seen.size += skipped;
  return seen;
}

FrameHeader FrameMeter::read_header() const {
  const auto byte = [this](std::size_t i) { return std::uint32_t{header_[i]}; };
  const std::uint32_t stream = (byte(5) & 0x7FU) << 24U | byte(6) << 16U | byte(7) << 8U | byte(8);
  return {.type = header_[3],
          .flags = header_[4],
          .stream = static_cast<std::int32_t>(stream),
          .length = byte(0) << 16U | byte(1) << 8U | byte(2)};
}

Flood FrameMeter::check_frame(const FrameHeader& header, std::uint32_t now) {
  const std::size_t length = header.length;
  const unsigned char flags = header.flags;
  switch (header.type) {
    case kData:
      return length > 0 || (flags & kEndStream) != 0 ? Flood::none : check_empty(now);
    case kHeaders:
      in_block_ = true;
      block_bytes_ = block_frames_ = 0;
      block_began_ = now;
      return check_block(length, (flags & kEndHeaders) != 0, now);
    case kContinuation:
      if (++block_frames_ > max_continuations_) return Flood::header_block;
      return check_block(length, (flags & kEndHeaders) != 0, now);
    case kRstStream:
      return check_reset(now);
    case kWindowUpdate:
      return updates_.take(now) ? Flood::none : Flood::updates;
    default:
      return control_.take(now) ? Flood::none : Flood::control;
  }
}

Flood FrameMeter::check_block(std::size_t length, bool ends, std::uint32_t now) {
  in_block_ = !ends;
  block_bytes_ += length;
  if (block_bytes_ > max_block_) return Flood::header_block;
  return length == 0 && !ends ? check_empty(now) : Flood::none;
}

}  // namespace millrace::http2
