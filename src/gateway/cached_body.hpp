// CachedBody sends the body of a cached response in pieces, as fast as the client takes it, so that
// a client that does not read costs no copy of the body.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "cache/cached_response.hpp"
#include "gateway/transport.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread.
class CachedBody {
 public:
  /// The piece size; shorter bodies are sent at once.
  static constexpr std::size_t kPiece = std::size_t{128} * 1024;
  /// Bytes of one body per turn of the loop: a client as fast as the server must not monopolise the
  /// loop.
  static constexpr std::size_t kTurn = 4 * kPiece;

  /// `pin`: see ResponseCache::pin.
  CachedBody(cache::SharedResponse response, std::shared_ptr<const void> pin)
      : response_(std::move(response)), pin_(std::move(pin)) {}

  /// Sends more once the client has taken the previous bytes, as much as fits into a turn of the
  /// loop. Returns true where the client has taken all of that: the rest follows in the next turn.
  /// Returns false where the client is slower, and where the response ended, which may end the
  /// exchange.
  [[nodiscard]] bool send_more(Transport& transport) {
    // Keeps the response valid: the last piece may destroy the exchange, and this object with it.
    const cache::SharedResponse response = response_;
    if (sent_ == response->body.size()) return false;
    for (std::size_t sent = 0; transport.unsent() == 0 && sent < kTurn;) {
      const std::string_view piece = std::string_view(response->body).substr(sent_, kPiece);
      sent_ += piece.size();
      sent += piece.size();
      const bool end = sent_ == response->body.size();
      transport.send_body(piece, end);
      if (end) return false;
    }
    return transport.unsent() == 0;
  }

 private:
  cache::SharedResponse response_;
  std::shared_ptr<const void> pin_;
  std::size_t sent_ = 0;
};

}  // namespace millrace::gateway
