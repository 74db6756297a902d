#include "http2/response_fields.hpp"

#include <cstddef>

#include "base/ascii.hpp"

namespace millrace::http2 {

namespace {

/// "HTTP/1.1 ", after which the status follows.
constexpr std::size_t kStatusAt = 9;

bool is_of_connection(std::string_view name) {
  return name == "connection" || name == "transfer-encoding" || name == "keep-alive" ||
         name == "proxy-connection" || name == "upgrade";
}

}  // namespace

void ResponseFields::assign(std::string_view head) {
  text_ = head;
  fields_.clear();
  const std::string_view text = text_;
  fields_.push_back({.name = ":status", .value = text.substr(kStatusAt, 3)});
  std::size_t at = text.find("\r\n") + 2;
  while (at < text.size()) {
    const std::size_t end = text.find("\r\n", at);
    if (end == std::string_view::npos || end == at) return;
    const std::size_t colon = text.find(':', at);
    if (colon >= end) return;
    for (std::size_t i = at; i < colon; ++i) text_[i] = base::to_lower(text_[i]);
    const std::string_view name = text.substr(at, colon - at);
    const std::string_view value = base::trim(text.substr(colon + 1, end - colon - 1));
    if (!is_of_connection(name)) fields_.push_back({.name = name, .value = value});
    at = end + 2;
  }
}

}  // namespace millrace::http2
