// RequestParser turns the bytes of an HTTP/1.1 connection into requests (RFC 9112). It is strict:
// input that two parsers could interpret differently is rejected. Beast does the parsing; this
// class yields one event at a time, and a head that stays valid for the whole request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http/limits.hpp"
#include "http/message_step.hpp"
#include "http/parse_failure.hpp"
#include "http/request_line.hpp"

namespace millrace::http {

/// A request's head. The views point into the parser and are valid until its reset().
struct RequestHead {
  std::string_view method;
  /// In origin form ("/path?query"), also where the client sent the absolute form; or "*", with
  /// OPTIONS only.
  std::string_view target;
  /// "Name: value\r\n" for each field line, as received, framing fields included. Host is a value
  /// that is_valid_authority() accepts; where the target is in absolute form, the target's
  /// authority replaces what was sent (RFC 9112 §3.2.2). Only HTTP/1.0 requests may have no Host.
  std::string_view fields;
  /// 10 or 11; 20 where the request came by HTTP/2.
  std::uint8_t version = 11;
  /// Whether version and Connection field keep the connection open (RFC 9112 §9.3).
  bool keep_alive = true;
  /// Expect: 100-continue.
  bool expects_continue = false;
  /// Body events follow.
  bool has_body = false;
  bool chunked = false;
  /// The client requests an Upgrade.
  bool upgrade = false;
  std::optional<std::uint64_t> content_length;
};

/// Parses the requests of one connection. Used by one thread at a time.
class RequestParser {
 public:
  /// After Event::failed, failure() has the reason.
  using Event = MessageStep::Event;
  using Step = MessageStep;

  /// Returns whether a field of that name is ignored as if it had not been sent.
  using DropField = bool (*)(std::string_view name);

  /// `max_head`: the maximum of a request head in bytes; see kMaxHeadBytes.
  explicit RequestParser(DropField drop = nullptr, std::size_t max_head = kMaxHeadBytes,
                         Security security = Security::none);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  /// Parses up to the next event. After `failed`, `end`, or a head without body, reset() must be
  /// called first. The input may be empty.
  [[nodiscard]] Step parse(std::string_view input);

  /// Valid from Event::head to reset().
  [[nodiscard]] const RequestHead& head() const;

  /// Valid after Event::failed.
  [[nodiscard]] const ParseFailure& failure() const;

  /// Whether no byte of a request has been offered since reset().
  [[nodiscard]] bool idle() const;

  /// Prepares for the connection's next request; keeps the allocated memory.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
