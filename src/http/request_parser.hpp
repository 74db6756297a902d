// RequestParser turns the bytes of an HTTP/1.1 connection into requests (RFC 9112), strictly: what
// two readers could understand differently is refused. Beast does the parsing; this class gives it
// one event at a time and a head that stays valid for the whole request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "http/limits.hpp"
#include "http/message_step.hpp"
#include "http/parse_failure.hpp"

namespace millrace::http {

/// A request's head. The views point into the parser and are valid until its reset().
struct RequestHead {
  std::string_view method;
  /// In origin form ("/path?query"); the authority of an absolute form is cut off. Or "*", which is
  /// of OPTIONS only.
  std::string_view target;
  /// "Name: value\r\n" for each field line, as received, framing fields included. Host is one that
  /// is_valid_authority() accepts: the target's authority in place of what was sent, where the
  /// target is in absolute form (RFC 9112 §3.2.2). Only HTTP/1.0 requests may be without it.
  std::string_view fields;
  /// 10 or 11.
  std::uint8_t version = 11;
  /// What the client's version and Connection field ask for (RFC 9112 §9.3).
  bool keep_alive = true;
  /// Expect: 100-continue.
  bool expects_continue = false;
  /// Body events follow.
  bool has_body = false;
  bool chunked = false;
  /// An Upgrade is asked for.
  bool upgrade = false;
  std::optional<std::uint64_t> content_length;
};

/// One a connection. Any one thread at a time.
class RequestParser {
 public:
  /// failure() says why it failed.
  using Event = MessageStep::Event;
  using Step = MessageStep;

  /// Says of a field's name whether the field is to be passed over as if it had not been sent.
  using DropField = bool (*)(std::string_view name);

  /// `max_head`: bytes of a request's head; see kMaxHeadBytes.
  explicit RequestParser(DropField drop = nullptr, std::size_t max_head = kMaxHeadBytes);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  /// Reads up to the next event. Not to be called after `failed`, `end`, or a head without body,
  /// before reset(). Empty input is allowed.
  [[nodiscard]] Step parse(std::string_view input);

  /// Valid from Event::head to reset().
  [[nodiscard]] const RequestHead& head() const;

  /// Valid after Event::failed.
  [[nodiscard]] const ParseFailure& failure() const;

  /// Whether nothing of a request has been offered since reset().
  [[nodiscard]] bool idle() const;

  /// Makes ready for the connection's next request, keeping the memory.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
