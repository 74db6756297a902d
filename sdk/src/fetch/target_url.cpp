#include "fetch/target_url.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <vector>

#include "http/field_text.hpp"

namespace millrace::client {

namespace {

constexpr std::string_view kHttp = "80";
constexpr std::string_view kHttps = "443";

bool is_host_letter(char letter) {
  const char lower = lower_case(letter);
  return (lower >= 'a' && lower <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' ||
         letter == '.' || letter == '_';
}

bool is_address_letter(char letter) {
  const char lower = lower_case(letter);
  return (lower >= 'a' && lower <= 'f') || (letter >= '0' && letter <= '9') || letter == ':' ||
         letter == '.';
}

bool read_port(std::string_view text, TargetUrl& url) {
  url.port = url.secure ? kHttps : kHttp;
  if (text.empty()) return true;
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port > 65'535) return false;
  url.port = std::to_string(port);
  return true;
}

bool read_authority(std::string_view text, TargetUrl& url) {
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    url.credentials = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  const bool address = text.starts_with('[');
  const std::size_t end = address ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) return false;
  const std::string_view name = text.substr(address ? 1 : 0, address ? end - 1 : end);
  const std::string_view rest = text.substr(address ? end + 1 : end);
  if (name.empty() ||
      !std::all_of(name.begin(), name.end(), address ? is_address_letter : is_host_letter)) {
    return false;
  }
  url.host = lower_case(text.substr(0, address ? end + 1 : end));
  if (!rest.empty() && rest[0] != ':') return false;
  return read_port(rest.empty() ? rest : rest.substr(1), url);
}

/// Escapes characters that are not allowed in a request line; keeps existing escapes.
void append_escaped(std::string& out, std::string_view text, std::string_view also) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char letter : text) {
    const auto byte = static_cast<std::uint8_t>(letter);
    if (byte > 0x20 && byte < 0x7F && also.find(letter) == std::string_view::npos) {
      out += letter;
    } else {
      out += '%';
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
}

/// 1 for ".", 2 for "..", escaped or not; 0 for other segments.
int dots(std::string_view segment) {
  int count = 0;
  while (!segment.empty()) {
    const bool escaped = same_name(segment.substr(0, 3), "%2e");
    if (!escaped && segment[0] != '.') return 0;
    segment.remove_prefix(escaped ? 3 : 1);
    ++count;
  }
  return count <= 2 ? count : 0;
}

/// Removes dot segments (RFC 3986, section 5.2.4). `path` begins with "/".
std::string normal_path(std::string path) {
  std::replace(path.begin(), path.end(), '\\', '/');
  std::vector<std::string_view> segments;
  std::string_view rest = path;
  bool ends_in_slash = false;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    const int count = dots(segment);
    if (count == 2 && !segments.empty()) segments.pop_back();
    if (count == 0) segments.push_back(segment);
    ends_in_slash = count != 0;
  }
  std::string normal;
  for (const std::string_view segment : segments) {
    normal += '/';
    append_escaped(normal, segment, "\"<>^`{}");
  }
  if (ends_in_slash || normal.empty()) normal += '/';
  return normal;
}

/// `text`: path and query; the path is empty or begins with a slash.
std::string normal_target(std::string_view text) {
  const std::size_t question = std::min(text.find('?'), text.size());
  std::string target = normal_path(question == 0 ? "/" : std::string(text.substr(0, question)));
  append_escaped(target, text.substr(question), "\"<>'");
  return target;
}

/// `text` without its fragment and the characters that the URL standard removes at the ends. None
/// where it contains a control character.
std::optional<std::string_view> clean(std::string_view text) {
  text = text.substr(0, text.find('#'));
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  const bool controls = std::any_of(text.begin(), text.end(), [](char letter) {
    return static_cast<std::uint8_t>(letter) < 0x20 || letter == 0x7F;
  });
  if (controls) return std::nullopt;
  return text;
}

/// "https" for "https://…"; empty where there is no scheme.
std::string scheme_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find_first_of("/?\\") < colon) return {};
  return lower_case(text.substr(0, colon));
}

}  // namespace

std::optional<TargetUrl> TargetUrl::parse(std::string_view text) {
  const auto cleaned = clean(text);
  if (!cleaned) return std::nullopt;
  text = *cleaned;
  TargetUrl url;
  const std::string scheme = scheme_of(text);
  if (scheme != "http" && scheme != "https") return std::nullopt;
  url.secure = scheme == "https";
  text.remove_prefix(scheme.size() + 1);
  if (!text.starts_with("//")) return std::nullopt;
  text.remove_prefix(2);
  const std::size_t end = std::min(text.find_first_of("/?\\"), text.size());
  if (!read_authority(text.substr(0, end), url)) return std::nullopt;
  url.target = normal_target(text.substr(end));
  return url;
}

std::optional<TargetUrl> TargetUrl::resolve(std::string_view reference) const {
  const auto cleaned = clean(reference);
  if (!cleaned) return std::nullopt;
  reference = *cleaned;
  std::optional<TargetUrl> url;
  if (!scheme_of(reference).empty()) {
    url = parse(reference);
  } else if (reference.starts_with("//")) {
    url = parse((secure ? "https:" : "http:") + std::string(reference));
  } else {
    url = *this;
    const std::string_view path = std::string_view(target).substr(0, target.find('?'));
    if (reference.starts_with('/') || reference.starts_with('\\')) {
      url->target = normal_target(reference);
    } else if (reference.starts_with('?')) {
      url->target = normal_target(std::string(path).append(reference));
    } else if (!reference.empty()) {
      const std::string_view folder = path.substr(0, path.rfind('/') + 1);
      url->target = normal_target(std::string(folder).append(reference));
    }
  }
  if (url) url->credentials.clear();
  return url;
}

std::string TargetUrl::origin() const { return (secure ? "https://" : "http://") + authority(); }

std::string TargetUrl::authority() const {
  return port == (secure ? kHttps : kHttp) ? host : host + ":" + port;
}

std::string_view TargetUrl::name() const {
  const std::string_view all = host;
  return all.starts_with('[') ? all.substr(1, all.size() - 2) : all;
}

std::string TargetUrl::text() const { return origin() + target.substr(0, target.find('?')); }

}  // namespace millrace::client
