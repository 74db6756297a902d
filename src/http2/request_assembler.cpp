#include "http2/request_assembler.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "http/fields.hpp"
#include "http2/websocket_key.hpp"

namespace millrace::http2 {

namespace {

/// What a field costs beside its name and value (RFC 9113 §6.5.2).
constexpr std::size_t kFieldOverhead = 32;

/// Fields that concern a connection of HTTP/1.1 (RFC 9113 §8.2.2).
bool is_forbidden(std::string_view name) {
  return name == "connection" || name == "keep-alive" || name == "proxy-connection" ||
         name == "transfer-encoding" || name == "upgrade" || name == "http2-settings";
}

/// Whether the text can stand in a request line: it must not end or split it.
bool is_line_part(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != 0x7F; });
}

/// Whether it is a field name as HTTP/2 sends it: a token without upper-case letters.
bool is_field_name(std::string_view name) {
  return http::is_token(name) &&
         std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// Appends the fields that offer a WebSocket in HTTP/1.1 (RFC 6455 §4.1). The key only proves that
/// the other side speaks the protocol, which the accepting worker or upstream does.
void append_upgrade(std::string& fields) {
  http::append_field(fields, "connection", "Upgrade");
  http::append_field(fields, "upgrade", "websocket");
  http::append_field(fields, "sec-websocket-key", websocket_key());
}

}  // namespace

void RequestAssembler::add(std::string_view name, std::string_view value) {
  size_ += name.size() + value.size() + kFieldOverhead;
  if (size_ > max_head_) return;
  if (name == ":method") {
    method_ = value;
  } else if (name == ":path") {
    path_ = value;
  } else if (name == ":scheme") {
    scheme_ = value;
  } else if (name == ":authority") {
    authority_ = value;
  } else if (name == ":protocol") {
    protocol_ = value;
  } else if (!is_field_name(name) || !http::is_field_value(value) || is_forbidden(name)) {
    forbidden_ = true;
  } else if (name == "host") {
    // Two of them name two hosts, or mean to.
    forbidden_ = forbidden_ || host_.has_value();
    host_ = value;
  } else if (name == "cookie") {
    if (!cookie_.empty()) cookie_ += "; ";
    cookie_ += value;
  } else if (protocol_ && name == "sec-websocket-key") {
    // HTTP/2 does not use it (RFC 8441 §5); the GET has one of its own.
  } else if (name == "te") {
    // It is about the connection, and says nothing that the server uses.
    forbidden_ = forbidden_ || !base::equals_ignoring_case(value, "trailers");
  } else {
    http::append_field(fields_, name, value);
  }
}

bool RequestAssembler::is_well_formed(bool has_body) const {
  // Without a protocol, a CONNECT has no path. A body that ends, or has a length, is no tunnel's.
  if (protocol_ &&
      (method_ != "CONNECT" || !has_body || http::find_field(fields_, "content-length"))) {
    return false;
  }
  if (!protocol_ && method_ == "CONNECT") return false;
  if (forbidden_ || !is_line_part(method_) || !is_line_part(path_)) return false;
  if (scheme_ != "http" && scheme_ != "https") return false;
  if (path_.front() != '/' && path_ != "*") return false;
  const std::string* const host = authority_ ? &*authority_ : host_ ? &*host_ : nullptr;
  if (host == nullptr || !is_line_part(*host)) return false;
  // The authority is what routing uses; a Host that differs would be what an upstream uses.
  return !authority_ || !host_ || base::equals_ignoring_case(*authority_, *host_);
}

RequestAssembler::Verdict RequestAssembler::finish(bool has_body) {
  if (size_ > max_head_) return refuse({431, "Request Header Fields Too Large"});
  if (!is_well_formed(has_body)) return Verdict::malformed;
  if (protocol_ && !base::equals_ignoring_case(*protocol_, "websocket")) {
    return refuse({501, "Not Implemented"});
  }
  std::string text;
  text.reserve(method_.size() + path_.size() + fields_.size() + cookie_.size() + 300);
  text.append(protocol_ ? "GET" : method_).append(" ").append(path_).append(" HTTP/1.1\r\n");
  http::append_field(text, "host", authority_ ? *authority_ : *host_);
  text.append(fields_);
  if (protocol_) append_upgrade(text);
  if (!cookie_.empty()) http::append_field(text, "cookie", cookie_);
  text += "\r\n";
  const http::RequestParser::Step step = parser_.parse(text);
  if (step.event == http::RequestParser::Event::failed) return refuse(parser_.failure());
  if (step.event != http::RequestParser::Event::head || step.consumed != text.size()) {
    return Verdict::malformed;
  }
  head_ = parser_.head();
  head_.version = 20;
  head_.keep_alive = true;
  head_.upgrade = protocol_.has_value();
  head_.has_body = has_body && !protocol_;
  head_.expects_continue = head_.expects_continue && head_.has_body;
  // What was assembled is in the parser now.
  fields_ = cookie_ = std::string();
  return Verdict::valid;
}

}  // namespace millrace::http2
