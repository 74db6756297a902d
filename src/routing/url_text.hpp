// The part of the URL standard (url.spec.whatwg.org) that paths need: percent-encoding, dot
// segments, UTF-8. Next.js parses each request by that standard, so its effects are visible in
// redirects and in matching.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::routing {

struct UrlParts {
  std::string_view path;
  /// The text after the first "?".
  std::string_view query;
  /// The text after the "#".
  std::string_view fragment;
};

/// Splits the part of a URL that follows its host.
[[nodiscard]] UrlParts split_url(std::string_view text);

/// Returns whether the URL standard's path percent-encode set contains `byte`.
[[nodiscard]] constexpr bool is_path_encoded(unsigned char byte) {
  if (byte <= 0x20 || byte >= 0x7f) return true;
  return std::string_view("\"#<>?^`{}").find(static_cast<char>(byte)) != std::string_view::npos;
}

/// Returns the segment that begins at `begin`.
[[nodiscard]] constexpr std::string_view segment_at(std::string_view path, std::size_t begin) {
  return path.substr(begin, path.find('/', begin) - begin);
}

/// Returns 1 for "." and "%2e", 2 for any spelling of "..", 0 for any other segment.
[[nodiscard]] int dots_of(std::string_view segment);

/// Appends `path`, which begins with a slash, with dot segments resolved and bytes encoded.
void append_path(std::string& out, std::string_view path);

/// Appends path, query and fragment as the standard serialises them.
void append_url(std::string& out, std::string_view text);

/// Appends "%XX", in upper case.
void append_escape(std::string& out, unsigned char byte);

/// Takes bytes one by one and checks that they are UTF-8 (RFC 3629: no surrogates, no overlong
/// forms, nothing beyond U+10FFFF).
class Utf8Check {
 public:
  /// Returns false where the byte is invalid at this position.
  [[nodiscard]] bool take(unsigned char byte);
  /// Whether no sequence is incomplete.
  [[nodiscard]] bool complete() const { return missing_ == 0; }

 private:
  std::uint8_t missing_ = 0;
  unsigned char lowest_ = 0x80;
  unsigned char highest_ = 0xbf;
};

}  // namespace millrace::routing
