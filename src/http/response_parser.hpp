// ResponseParser reads HTTP/1.1 responses (RFC 9112) of a server that this one passes requests on
// to: what the request parser is for clients. Bytes in, events out, nothing trusted.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "http/message_step.hpp"

namespace millrace::http {

/// Views into the parser, valid until its next reset().
struct ParsedResponseHead {
  std::uint16_t status = 0;
  std::string_view reason;
  /// "Name: value\r\n" for each line, in the order received.
  std::string_view fields;
  /// Body events follow.
  bool has_body = false;
};

/// One a connection. Any one thread at a time.
class ResponseParser {
 public:
  using Event = MessageStep::Event;
  using Step = MessageStep;

  ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;
  ~ResponseParser();

  /// Makes ready for a response. `head_request`: it answers HEAD and has no body, whatever it says.
  void reset(bool head_request);

  /// Reads up to the next event. Not to be called after `failed`, `end`, or a head without body,
  /// before reset().
  [[nodiscard]] Step parse(std::string_view input);

  /// The connection has ended: `end` where that is how the body ends, else `failed`.
  [[nodiscard]] Event finish();

  /// Valid from Event::head on. An interim response (1xx) comes as a head without body; reset()
  /// and go on.
  [[nodiscard]] const ParsedResponseHead& head() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
