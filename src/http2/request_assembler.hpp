// RequestAssembler makes the head of a request from the fields of an HTTP/2 stream (RFC 9113 §8.3).
// It writes them as an HTTP/1.1 head and has RequestParser read it: both versions of HTTP are held
// to the same rules, and what an upstream of HTTP/1.1 gets is what was checked. An extended CONNECT
// for a WebSocket (RFC 8441) becomes the GET that offers the same upgrade in HTTP/1.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/parse_failure.hpp"
#include "http/request_parser.hpp"

namespace millrace::http2 {

/// For one stream. Used by one thread at a time.
class RequestAssembler {
 public:
  /// What is to be done with a request.
  enum class Verdict : std::uint8_t {
    valid,
    /// The response is failure().
    refused,
    /// The stream is reset with PROTOCOL_ERROR (RFC 9113 §8.1.1).
    malformed,
  };

  /// `drop`: see RequestParser. `max_head`: the maximum of the field section as RFC 9113 §6.5.2
  /// counts it, in bytes.
  RequestAssembler(http::RequestParser::DropField drop, std::size_t max_head)
      : parser_(drop, 2 * max_head), max_head_(max_head) {}

  /// Takes a field, pseudo-header fields included, in the order received. Keeps nothing beyond the
  /// maximum.
  void add(std::string_view name, std::string_view value);

  /// The bytes of all fields so far as RFC 9113 §6.5.2 counts them.
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Whether the method is HEAD, so that no response has a body.
  [[nodiscard]] bool is_head() const { return method_ == "HEAD"; }

  /// All fields have been added. Call once. `has_body`: the stream goes on. The head of an extended
  /// CONNECT has no body and `upgrade` set: what goes on are the bytes of the tunnel.
  [[nodiscard]] Verdict finish(bool has_body);

  /// Valid after `valid`, as long as the assembler.
  [[nodiscard]] const http::RequestHead& head() const { return head_; }

  /// Valid after `refused`.
  [[nodiscard]] const http::ParseFailure& failure() const { return failure_; }

 private:
  [[nodiscard]] Verdict refuse(http::ParseFailure why) {
    failure_ = why;
    return Verdict::refused;
  }
  [[nodiscard]] bool is_well_formed(bool has_body) const;

  http::RequestParser parser_;
  std::size_t max_head_;
  std::size_t size_ = 0;
  std::string method_;
  std::string path_;
  std::string scheme_;
  std::optional<std::string> authority_;
  /// Of an extended CONNECT.
  std::optional<std::string> protocol_;
  std::optional<std::string> host_;
  /// Field lines, without Host and Cookie.
  std::string fields_;
  /// The crumbs of all Cookie fields (RFC 9113 §8.2.3).
  std::string cookie_;
  /// A field that no message of HTTP/2 can have.
  bool forbidden_ = false;
  http::RequestHead head_;
  http::ParseFailure failure_;
};

}  // namespace millrace::http2
