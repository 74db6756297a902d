// FrameMeter watches the frames that a client sends on an HTTP/2 connection, before they are
// parsed, and rejects a client that makes the server work for nothing: floods of PING, SETTINGS,
// resets, tiny window updates, header blocks without an end (RFC 9113 §10.5). It looks at frame
// headers only, so that it does not depend on how the frames are parsed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http2/allowance.hpp"

namespace millrace::http2 {

/// How often a client may send what costs it little. No client in use comes near these.
struct FrameLimits {
  /// SETTINGS, PING, PRIORITY, PRIORITY_UPDATE, GOAWAY and frames of unknown types.
  AllowanceRate control = {.burst = 500, .per_second = 50};
  /// RST_STREAM frames of the client, and those that its errors make the server send.
  AllowanceRate resets = {.burst = 300, .per_second = 30};
  /// Beyond those that grant_update() allows.
  AllowanceRate updates = {.burst = 2000, .per_second = 200};
  /// Frames that carry nothing: DATA and HEADERS fragments without a byte.
  AllowanceRate empties = {.burst = 100, .per_second = 10};
  /// Bytes of a header block as compressed, and the number of its CONTINUATION frames.
  std::size_t header_block = 64 * 1024;
  std::size_t continuations = 8;
};

/// Why a client is rejected.
enum class Flood : std::uint8_t { none, control, resets, updates, empties, header_block };

/// The header of a frame (RFC 9113 §4.1).
struct FrameHeader {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::int32_t stream = 0;
  std::size_t length = 0;
};

/// Used by one thread at a time. Times are seconds that never decrease.
class FrameMeter {
 public:
  explicit FrameMeter(const FrameLimits& limits);

  /// What take() has seen.
  struct Seen {
    /// Bytes of the input that belong to one frame, or to the preface.
    std::size_t size = 0;
    /// Set where these bytes complete a frame's header.
    std::optional<FrameHeader> header;
    /// Other than `none`: the connection must be closed, and the frame not be parsed.
    Flood flood = Flood::none;
  };

  /// Looks at the next bytes of the connection; the first 24 are the preface. `input` is not empty.
  [[nodiscard]] Seen take(std::string_view input, std::uint32_t now);

  /// The client's error has reset a stream: counts as a reset by the client.
  [[nodiscard]] Flood check_reset(std::uint32_t now) {
    return resets_.take(now) ? Flood::none : Flood::resets;
  }

  /// The client has sent a DATA frame of padding only, which take() cannot see.
  [[nodiscard]] Flood check_empty(std::uint32_t now) {
    return empties_.take(now) ? Flood::none : Flood::empties;
  }

  /// The server has sent a DATA frame of so many bytes, which the client may acknowledge in pieces,
  /// with window updates for stream and connection.
  void grant_updates(std::size_t bytes) {
    updates_.grant(static_cast<std::uint32_t>(3 + bytes / kAcknowledged));
  }

  /// Whether a header block has begun and not ended, and when it began.
  [[nodiscard]] bool in_header_block() const { return in_block_; }
  [[nodiscard]] std::uint32_t block_began() const { return block_began_; }

 private:
  static constexpr std::size_t kFrameHeader = 9;
  /// Bytes for which a client may send a further window update.
  static constexpr std::size_t kAcknowledged = 512;

  [[nodiscard]] Flood check_frame(const FrameHeader& header, std::uint32_t now);
  [[nodiscard]] FrameHeader read_header() const;
  [[nodiscard]] Flood check_block(std::size_t length, bool ends, std::uint32_t now);

  Allowance control_;
  Allowance resets_;
  Allowance updates_;
  Allowance empties_;
  std::size_t max_block_;
  std::size_t max_continuations_;

  /// Bytes to skip: the rest of the preface, or of a frame's payload.
  std::size_t skip_;
  std::array<unsigned char, kFrameHeader> header_{};
  std::size_t header_bytes_ = 0;

  bool in_block_ = false;
  std::size_t block_bytes_ = 0;
  std::size_t block_frames_ = 0;
  std::uint32_t block_began_ = 0;
};

}  // namespace millrace::http2
