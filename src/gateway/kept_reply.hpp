// KeptReply sends the body of a response from the cache in pieces, as fast as the client takes it: a
// client that does not read must not make the server hold a copy of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "cache/kept_response.hpp"
#include "gateway/transport.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread.
class KeptReply {
 public:
  /// Longer bodies go in pieces of this size.
  static constexpr std::size_t kPiece = std::size_t{128} * 1024;
  /// Of one body in a turn of the loop at most: a client as fast as the server must not hold it.
  static constexpr std::size_t kTurn = 4 * kPiece;

  /// `pin`: see ResponseCache::pin.
  KeptReply(cache::SharedResponse response, std::shared_ptr<const void> pin)
      : response_(std::move(response)), pin_(std::move(pin)) {}

  /// Sends more once the client has taken what was sent, as much as fits into a turn of the loop.
  /// True where the client has taken all of that: more is to be sent in the next turn. May end the
  /// exchange; false then.
  [[nodiscard]] bool go_on(Transport& transport) {
    // Outlives the exchange, which the last piece may end.
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
