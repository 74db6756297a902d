// RequestBody passes a request's body to the source of the response. The part that a middleware
// receives is copied, and the source that follows the middleware gets the body from the beginning.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/memory_budget.hpp"
#include "gateway/replay_buffer.hpp"
#include "gateway/response_source.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread.
class RequestBody {
 public:
  /// Which source receives the body now.
  enum class Reader : std::uint8_t {
    /// Another source may need the body afterwards.
    middleware,
    last,
  };

  /// The result of copying a piece.
  enum class Copied : std::uint8_t {
    yes,
    /// The body exceeds the limit for a middleware.
    too_long,
    /// The memory budget has no room.
    no_room,
  };

  /// Starts a source, which gets the body from its beginning. `expected`: whether the request has a
  /// body.
  void begin(Reader reader, bool expected);

  /// The number of bytes that the client may send to `source` now.
  [[nodiscard]] std::size_t room(const ResponseSource& source) const {
    return phase_ == Phase::replaying ? 0 : source.body_room();
  }

  /// Whether body bytes from the client must be copied.
  [[nodiscard]] bool is_copied() const { return reader_ == Reader::middleware; }

  /// Copies a piece that was sent to the middleware, up to `limit` bytes in total. Nothing of the
  /// piece is kept unless the result is `yes`.
  [[nodiscard]] Copied copy(std::string_view bytes, bool end, std::size_t limit,
                            const std::shared_ptr<base::MemoryBudget>& budget);

  /// Discards the copy: no source needs the body after the current one.
  void drop_copy();

  /// Sends `source` as much of the copy as it has room for. Returns whether the client may send
  /// more now.
  [[nodiscard]] bool pump(ResponseSource& source);

  /// Bytes that the copy takes.
  [[nodiscard]] std::size_t held_bytes() const { return copy_ ? copy_->cost() : 0; }

 private:
  enum class Phase : std::uint8_t {
    /// Bytes from the client go to the source.
    arriving,
    /// The copied bytes are sent first, and the client waits.
    replaying,
  };

  /// Null where nothing was copied.
  std::unique_ptr<ReplayBuffer> copy_;
  Reader reader_ = Reader::last;
  Phase phase_ = Phase::arriving;
  /// The copy is the complete body.
  bool complete_ = false;
};

}  // namespace millrace::gateway
