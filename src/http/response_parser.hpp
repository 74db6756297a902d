// ResponseParser parses the HTTP/1.1 responses (RFC 9112) of upstreams, as RequestParser does the
// requests of clients. It takes bytes, yields events, and trusts no input.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "http/message_step.hpp"

namespace millrace::http {

/// The views point into the parser and are valid until its next reset().
struct ParsedResponseHead {
  std::uint16_t status = 0;
  std::string_view reason;
  /// "Name: value\r\n" for each line, in the order received.
  std::string_view fields;
  /// Body events follow.
  bool has_body = false;
  /// Whether another request may follow on the connection (RFC 9112 §9.3).
  bool keep_alive = false;
};

/// Parses the responses of one connection. Used by one thread at a time.
class ResponseParser {
 public:
  using Event = MessageStep::Event;
  using Step = MessageStep;

  ResponseParser();
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;
  ~ResponseParser();

  /// Prepares for a response. `head_request`: it responds to HEAD and has no body, whatever its
  /// fields say.
  void reset(bool head_request);

  /// Parses up to the next event. After `failed`, `end`, or a head without body, reset() must be
  /// called first.
  [[nodiscard]] Step parse(std::string_view input);

  /// Reports the end of the connection. Returns `end` where that ends the body, otherwise `failed`.
  [[nodiscard]] Event finish();

  /// Valid from Event::head on. An interim response (1xx) is a head without body; call reset() and
  /// continue.
  [[nodiscard]] const ParsedResponseHead& head() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
