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

  /// `pin`: see ResponseCache::pin.
  KeptReply(cache::SharedResponse response, std::shared_ptr<const void> pin)
      : response_(std::move(response)), pin_(std::move(pin)) {}

  /// Sends more once the client has taken what was sent. May end the exchange.
  void go_on(Transport& transport) {
    // Outlives the exchange, which the last piece may end.
    const cache::SharedResponse response = response_;
    while (transport.unsent() == 0) {
      const std::string_view piece = std::string_view(response->body).substr(sent_, kPiece);
      sent_ += piece.size();
      const bool end = sent_ == response->body.size();
      transport.send_body(piece, end);
      if (end) return;
    }
  }

 private:
  cache::SharedResponse response_;
  std::shared_ptr<const void> pin_;
  std::size_t sent_ = 0;
};

}  // namespace millrace::gateway
