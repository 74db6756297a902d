#include "http/request_line.hpp"

#include <algorithm>
#include <cstddef>

#include "base/ascii.hpp"
#include "http/digit.hpp"
#include "http/fields.hpp"
#include "http/host.hpp"

namespace millrace::http {

namespace {

RequestTarget refused(std::uint16_t status, std::string_view reason) {
  return {.authority = {}, .resource = {}, .failure = ParseFailure{status, reason}};
}

}  // namespace

std::optional<ParseFailure> validate_line_part(std::string_view part) {
  for (const char c : part) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) return ParseFailure{400, "Bad Request: the request target is not ASCII"};
    if (byte < 0x20 || byte == 0x7f) {
      return ParseFailure{400, "Bad Request: a control character in the request line"};
    }
  }
  return std::nullopt;
}

std::optional<ParseFailure> validate_request_line(std::string_view line) {
  if (auto failure = validate_line_part(line)) return failure;
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || line.find(' ', second + 1) != std::string_view::npos) {
    return ParseFailure{400,
                        "Bad Request: expected METHOD SP target SP HTTP/1.1 as the request line"};
  }
  if (!is_token(line.substr(0, first))) return ParseFailure{400, "Bad Request: invalid method"};
  if (second == first + 1) return ParseFailure{400, "Bad Request: no request target"};
  const std::string_view version = line.substr(second + 1);
  const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") &&
                           is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
  if (!well_formed) return ParseFailure{400, "Bad Request: the request line names no HTTP version"};
  if (version[5] != '1' || version[7] > '1') {
    return ParseFailure{505, "HTTP Version Not Supported"};
  }
  return std::nullopt;
}

RequestTarget split_target(std::string_view method, std::string_view target, Security security) {
  if (target.find('#') != std::string_view::npos) {
    return refused(400, "Bad Request: a fragment in the request target");
  }
  if (target.starts_with('/')) return {.authority = {}, .resource = target, .failure = {}};
  const bool asks_options = method == "OPTIONS";
  if (target == "*") {
    if (!asks_options) return refused(400, "Bad Request: the target * is valid with OPTIONS only");
    return {.authority = {}, .resource = target, .failure = {}};
  }
  const std::size_t scheme_end = target.find("://");
  const std::string_view scheme = target.substr(0, scheme_end);
  const bool https = base::equals_ignoring_case(scheme, "https");
  if (scheme_end != std::string_view::npos && https && security == Security::none) {
    return refused(421, "Misdirected Request: this connection is not secured");
  }
  if (scheme_end == std::string_view::npos ||
      (!https && !base::equals_ignoring_case(scheme, "http"))) {
    return refused(400, "Bad Request: invalid request target");
  }
  const std::string_view rest = target.substr(scheme_end + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  if (!is_valid_authority(authority)) {
    return refused(400, "Bad Request: invalid host in the request target");
  }
  std::string_view resource = rest.substr(end);
  // RFC 9112 §3.2.4: the request is for the server as a whole.
  if (resource.empty()) resource = asks_options ? "*" : "/";
  return {.authority = authority, .resource = resource, .failure = {}};
}

}  // namespace millrace::http
