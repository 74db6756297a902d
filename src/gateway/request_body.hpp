// RequestBody is the body of a request on its way to the source of the response. Where a middleware
// reads it first, it is copied, and what follows the middleware gets it from the beginning.
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
  /// Who reads what comes now.
  enum class Reader : std::uint8_t {
    /// Others read it after this one.
    middleware,
    last,
  };

  /// What became of a copy.
  enum class Copied : std::uint8_t {
    yes,
    /// A middleware may not see so much.
    too_long,
    /// The budget has no room for it.
    no_room,
  };

  /// A source begins, and is to have the body from its beginning. `expected`: whether the request has
  /// a body.
  void begin(Reader reader, bool expected);

  /// How much the client may send to `source` now.
  [[nodiscard]] std::size_t room(const ResponseSource& source) const {
    return phase_ == Phase::replaying ? 0 : source.body_room();
  }

  /// Whether what comes from the client is to be copied.
  [[nodiscard]] bool is_copied() const { return reader_ == Reader::middleware; }

  /// Keeps a piece that the middleware was sent, `limit` bytes in all at most. Nothing is kept of it
  /// unless the result is `yes`.
  [[nodiscard]] Copied copy(std::string_view bytes, bool end, std::size_t limit,
                            const std::shared_ptr<base::MemoryBudget>& budget);

  /// Nobody reads the body after this source.
  void drop_copy();

  /// Sends `source` what was copied and it has room for. Whether the client is to send more now.
  [[nodiscard]] bool pump(ResponseSource& source);

  /// Bytes that are kept.
  [[nodiscard]] std::size_t held_bytes() const { return copy_ ? copy_->cost() : 0; }

 private:
  enum class Phase : std::uint8_t {
    /// What comes from the client goes to the source.
    arriving,
    /// What was copied goes first, and the client waits.
    replaying,
  };

  /// Null where nothing was copied.
  std::unique_ptr<ReplayBuffer> copy_;
  Reader reader_ = Reader::last;
  Phase phase_ = Phase::arriving;
  /// The copy is all of the body.
  bool complete_ = false;
};

}  // namespace millrace::gateway
