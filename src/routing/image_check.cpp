#include "routing/image_check.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "base/ascii.hpp"
#include "routing/query.hpp"

namespace millrace::routing {

namespace {

constexpr std::string_view kNotAllowed = R"("url" parameter is not allowed)";
constexpr std::string_view kInvalid = R"("url" parameter is invalid)";
constexpr std::string_view kRecursive = "/_next/image";
/// In UTF-16 units.
constexpr std::size_t kMaxUrl = 3072;
/// Parsers of queries differ above some number of pairs.
constexpr std::ptrdiff_t kMaxPairs = 100;
/// Digits of numbers that JavaScript prints as they are.
constexpr std::size_t kMaxDigits = 15;
constexpr std::uint32_t kMaxPort = 65535;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return base::to_lower(c) >= 'a' && base::to_lower(c) <= 'z'; }
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// Whether every escape is complete, so that all parsers decode the text alike.
bool has_plain_escapes(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || base::hex_digit(text[at + 1]) < 0 ||
        base::hex_digit(text[at + 2]) < 0) {
      return false;
    }
  }
  return true;
}

/// The number of UTF-16 units of valid UTF-8.
std::size_t units_of(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80U) units += byte >= 0xF0U ? 2 : 1;
  }
  return units;
}

bool is_plain(std::string_view text, std::string_view marks) {
  return std::all_of(text.begin(), text.end(), [marks](char c) {
    return is_letter(c) || is_digit(c) || marks.find(c) != std::string_view::npos;
  });
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, end);
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

bool is_recursive(std::string_view path) {
  for (std::size_t at = path.find(kRecursive); at != std::string_view::npos;
       at = path.find(kRecursive, at + 1)) {
    const std::size_t end = at + kRecursive.size();
    if (end == path.size() || path[end] == '/') return true;
  }
  return false;
}

/// Whether a URL parser leaves a host as it is: a name of ASCII letters without IDNA labels, or an
/// IPv4 address in its usual form.
bool is_plain_host(std::string_view host) {
  if (host.empty() || !is_plain(host, ".-")) return false;
  std::size_t labels = 0;
  std::size_t numbers = 0;
  std::string_view last;
  for (std::string_view rest = host; !rest.empty();) {
    const std::size_t end = std::min(rest.find('.'), rest.size());
    last = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (last.empty() || last.starts_with("xn--")) return false;
    std::uint32_t number = 0;
    const auto [stop, error] = std::from_chars(last.data(), last.data() + last.size(), number);
    const bool plain_number = error == std::errc() && stop == last.data() + last.size() &&
                              number <= 255 && (last.size() == 1 || last.front() != '0');
    ++labels;
    numbers += plain_number ? 1U : 0U;
  }
  const bool ends_in_number = is_digit(last.front());
  return !ends_in_number || (labels == 4 && numbers == 4 && host.back() != '.');
}

/// Returns the port without the scheme's own, or nothing for what is no plain port.
std::optional<std::string> plain_port(std::string_view text, std::string_view protocol) {
  std::uint32_t port = 0;
  if (!all_digits(text) || text.front() == '0' || text.size() > 5) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), port);
  if (port > kMaxPort) return std::nullopt;
  return text == (protocol == "http" ? "80" : "443") ? std::string() : std::string(text);
}

/// The value of a parameter: nothing where it is missing, empty or a list, with the refusal.
std::optional<std::string> single(const NamedValues& values, std::string_view name,
                                  std::string_view label, std::string& refusal) {
  const NamedValue* const found = values.find(name);
  if (found != nullptr && found->values.size() > 1) {
    refusal = std::string(label) + " cannot be an array";
    return std::nullopt;
  }
  if (found == nullptr || found->values.front().empty()) {
    refusal = std::string(label) + " is required";
    return std::nullopt;
  }
  return found->values.front();
}

}  // namespace

base::Result<ImageCheck> ImageCheck::compile(const project::ImageSettings& settings) {
  ImageCheck check(settings);
  const auto compiled = [](const std::string& text) {
    return Pattern::compile(text, Pattern::Case::sensitive);
  };
  if (settings.local_patterns) {
    for (const project::LocalImagePattern& item : *settings.local_patterns) {
      auto pathname = compiled(item.pathname);
      if (!pathname) return pathname.error();
      check.local_.push_back({.pathname = std::move(pathname).value(), .search = item.search});
    }
  }
  for (const project::RemoteImagePattern& item : settings.remote_patterns) {
    auto hostname = compiled(item.hostname);
    if (!hostname) return hostname.error();
    auto pathname = compiled(item.pathname);
    if (!pathname) return pathname.error();
    check.remote_.push_back({.protocol = item.protocol,
                             .hostname = std::move(hostname).value(),
                             .port = item.port,
                             .pathname = std::move(pathname).value(),
                             .search = item.search});
  }
  return check;
}

std::optional<std::string> ImageCheck::refusal(std::string_view query) const {
  if (!has_plain_escapes(query) || std::count(query.begin(), query.end(), '&') >= kMaxPairs) {
    return std::nullopt;
  }
  const NamedValues values = read_query(query);
  std::string refused;
  const auto url = single(values, "url", R"("url" parameter)", refused);
  if (!url) return refused;
  bool undecided = false;
  if (auto of_url = refusal_of_url(*url, undecided)) return of_url;
  if (undecided) return std::nullopt;
  const auto width = single(values, "w", R"("w" parameter (width))", refused);
  if (!width) return refused;
  if (!all_digits(*width)) return R"("w" parameter (width) must be an integer greater than 0)";
  const auto quality = single(values, "q", R"("q" parameter (quality))", refused);
  if (!quality) return refused;
  if (!all_digits(*quality)) {
    return R"("q" parameter (quality) must be an integer between 1 and 100)";
  }
  if (width->size() > kMaxDigits) return std::nullopt;
  if (auto of_width = refusal_of_width(*width)) return of_width;
  return refusal_of_quality(*quality);
}

std::optional<std::string> ImageCheck::refusal_of_url(std::string_view url, bool& undecided) const {
  if (units_of(url) > kMaxUrl) return R"("url" parameter is too long)";
  if (url.starts_with("//")) {
    return R"("url" parameter cannot be a protocol-relative URL (//))";
  }
  Url parts;
  Verdict verdict = Verdict::undecided;
  if (url.starts_with('/')) {
    if (split_path(url, parts)) {
      if (is_recursive(parts.pathname)) return R"("url" parameter cannot be recursive)";
      verdict = local(parts);
    }
  } else if (std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < '\x7f'; })) {
    const std::size_t colon = url.find(':');
    const std::string_view scheme = url.substr(0, colon);
    if (colon == std::string_view::npos || scheme.empty() || !is_letter(scheme.front()) ||
        !is_plain(scheme, "+-.")) {
      return std::string(kInvalid);
    }
    std::transform(scheme.begin(), scheme.end(), std::back_inserter(parts.protocol),
                   [](char c) { return base::to_lower(c); });
    if (parts.protocol != "http" && parts.protocol != "https") return std::string(kInvalid);
    if (split_authority(url.substr(colon + 1), parts)) verdict = remote(parts);
  }
  if (verdict == Verdict::refused) return std::string(kNotAllowed);
  undecided = verdict == Verdict::undecided;
  return std::nullopt;
}

std::optional<std::string> ImageCheck::refusal_of_width(std::string_view text) const {
  std::uint64_t width = 0;
  std::from_chars(text.data(), text.data() + text.size(), width);
  if (width == 0) return R"("w" parameter (width) must be an integer greater than 0)";
  const auto& sizes = settings_.sizes;
  if (std::find(sizes.begin(), sizes.end(), width) != sizes.end()) return std::nullopt;
  return R"("w" parameter (width) of )" + std::to_string(width) + " is not allowed";
}

std::optional<std::string> ImageCheck::refusal_of_quality(std::string_view text) const {
  std::uint64_t quality = 0;
  const auto [_, error] = std::from_chars(text.data(), text.data() + text.size(), quality);
  if (error != std::errc() || quality < 1 || quality > 100) {
    return R"("q" parameter (quality) must be an integer between 1 and 100)";
  }
  const auto& qualities = settings_.qualities;
  if (!qualities || std::find(qualities->begin(), qualities->end(), quality) != qualities->end()) {
    return std::nullopt;
  }
  return R"("q" parameter (quality) of )" + std::string(text) + " is not allowed";
}

ImageCheck::Verdict ImageCheck::local(const Url& url) const {
  if (!settings_.local_patterns) return Verdict::allowed;
  Verdict verdict = Verdict::refused;
  for (const Local& item : local_) {
    if (item.search && *item.search != url.search) continue;
    const Verdict found = match(item.pathname, url.pathname);
    if (found == Verdict::allowed) return found;
    if (found == Verdict::undecided) verdict = found;
  }
  return verdict;
}

ImageCheck::Verdict ImageCheck::remote(const Url& url) const {
  const auto& domains = settings_.domains;
  if (std::find(domains.begin(), domains.end(), url.hostname) != domains.end()) {
    return Verdict::allowed;
  }
  Verdict verdict = Verdict::refused;
  for (const Remote& item : remote_) {
    if (item.protocol && *item.protocol != url.protocol) continue;
    if (item.port && *item.port != url.port) continue;
    if (item.search && *item.search != url.search) continue;
    const Verdict host = match(item.hostname, url.hostname);
    const Verdict path = match(item.pathname, url.pathname);
    if (host == Verdict::refused || path == Verdict::refused) continue;
    if (host == Verdict::allowed && path == Verdict::allowed) return Verdict::allowed;
    verdict = Verdict::undecided;
  }
  return verdict;
}

ImageCheck::Verdict ImageCheck::match(const Pattern& pattern, std::string_view text) {
  return pattern.match(text).decide([](const PatternMatch&) { return Verdict::allowed; },
                                    [] { return Verdict::refused; },
                                    [](const CannotTell&) { return Verdict::undecided; });
}

bool ImageCheck::split_path(std::string_view text, Url& out) {
  constexpr std::string_view kPathMarks = "-._~!$&'()*+,;=:@/";
  constexpr std::string_view kSearchMarks = "-._~!$&()*+,;=:@/?%";
  const std::size_t hash = std::min(text.find('#'), text.size());
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; })) {
    return false;
  }
  text = text.substr(0, hash);
  const std::size_t mark = std::min(text.find('?'), text.size());
  out.pathname = text.substr(0, mark);
  out.search = text.substr(mark);
  if (!is_plain(out.pathname, kPathMarks) || !is_plain(out.search, kSearchMarks)) return false;
  if (has_dot_segment(out.pathname)) return false;
  if (out.pathname.empty()) out.pathname = "/";
  if (out.search == "?") out.search = {};
  return true;
}

bool ImageCheck::split_authority(std::string_view rest, Url& out) {
  if (!rest.starts_with("//")) return false;
  rest.remove_prefix(2);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, end);
  const std::size_t colon = std::min(authority.find(':'), authority.size());
  for (const char c : authority.substr(0, colon)) out.hostname += base::to_lower(c);
  if (!is_plain_host(out.hostname)) return false;
  if (colon < authority.size()) {
    auto port = plain_port(authority.substr(colon + 1), out.protocol);
    if (!port) return false;
    out.port = std::move(*port);
  }
  return split_path(rest.substr(end), out);
}

}  // namespace millrace::routing
