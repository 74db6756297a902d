// MessageStep is the result of one step of an HTTP message parser: the event and the bytes
// consumed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::http {

struct MessageStep {
  enum class Event : std::uint8_t {
    /// Offer the unconsumed bytes again together with more.
    need_more,
    /// The head is complete.
    head,
    /// A piece of the body.
    body,
    /// The message is complete. Follows only a head that announces a body.
    end,
    /// The bytes are not a valid message; the connection cannot be read any further.
    failed,
  };
  Event event = Event::need_more;
  /// Bytes of the input that were consumed.
  std::size_t consumed = 0;
  /// Points into the input; not empty with Event::body.
  std::string_view body;
};

}  // namespace millrace::http
