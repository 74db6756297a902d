// What a parser of HTTP messages reports of one step: the event, and how far it has come.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::http {

struct MessageStep {
  enum class Event : std::uint8_t {
    /// Offer the unconsumed bytes again together with more.
    need_more,
    /// The head is there.
    head,
    /// A piece of body.
    body,
    /// The message is complete; comes only after a head that announces a body.
    end,
    /// The bytes are no message that can be read on.
    failed,
  };
  Event event = Event::need_more;
  /// Bytes of the input that are done with.
  std::size_t consumed = 0;
  /// Points into the input; not empty with Event::body.
  std::string_view body;
};

}  // namespace millrace::http
