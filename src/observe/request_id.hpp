// Request ids: those that clients and proxies send in `X-Request-Id` are kept where they are safe to
// log and to send; other requests get a random one.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace millrace::observe {

/// The field that carries the id, in requests and responses.
inline constexpr std::string_view kRequestIdField = "X-Request-Id";

/// The most characters of an id that is kept.
inline constexpr std::size_t kMostRequestId = 128;

/// The length of an id that is made.
inline constexpr std::size_t kMadeRequestId = 32;

/// Returns whether a client's id is kept: 1 to kMostRequestId letters, digits and characters of
/// `-._~:/+=@`, which need no escape in a field, in JSON or in a line of text.
[[nodiscard]] bool is_request_id(std::string_view text);

/// Makes ids of 32 hexadecimal digits: 128 random bits that no client can predict. Belongs to one
/// thread.
class RequestIds {
 public:
  using Id = std::array<char, kMadeRequestId>;

  /// Writes a new id and returns it as text, which points into `to`.
  std::string_view make(Id& to);

 private:
  void refill();

  static constexpr std::size_t kBytes = 16;
  /// Random bytes for the next ids, so that a system call serves many.
  std::array<unsigned char, 256 * kBytes> random_{};
  std::size_t used_ = random_.size();
};

}  // namespace millrace::observe
