// The part of the URL standard (url.spec.whatwg.org) that a server's paths need: which bytes are
// percent-encoded where, how dot segments are resolved, what UTF-8 is. Next.js parses each request
// with it, so what it does shows in redirects and in what matches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::routing {

struct UrlParts {
  std::string_view path;
  /// Without its "?"; what follows the first one.
  std::string_view query;
  /// Without its "#".
  std::string_view fragment;
};

/// Splits what follows a URL's host.
[[nodiscard]] UrlParts split_url(std::string_view text);

/// Whether the URL standard's path percent-encode set holds `byte`.
[[nodiscard]] constexpr bool is_path_encoded(unsigned char byte) {
  if (byte <= 0x20 || byte >= 0x7f) return true;
  return std::string_view("\"#<>?^`{}").find(static_cast<char>(byte)) != std::string_view::npos;
}

/// The segment that begins at `begin`.
[[nodiscard]] constexpr std::string_view segment_at(std::string_view path, std::size_t begin) {
  return path.substr(begin, path.find('/', begin) - begin);
}

/// 1 for "." and "%2e", 2 for ".." in any of its spellings, 0 for any other segment.
[[nodiscard]] int dots_of(std::string_view segment);

/// Appends `path`, which begins with a slash, with dot segments resolved and bytes encoded.
void append_path(std::string& out, std::string_view path);

/// Appends path, query and fragment as the standard writes them.
void append_url(std::string& out, std::string_view text);

/// Appends "%XX", upper-case.
void append_escape(std::string& out, unsigned char byte);

/// Takes bytes one by one and tells whether they are UTF-8 (RFC 3629: no surrogates, nothing
/// overlong, nothing beyond U+10FFFF).
class Utf8Check {
 public:
  /// False where the byte cannot stand here.
  [[nodiscard]] bool take(unsigned char byte);
  /// Whether no sequence is left open.
  [[nodiscard]] bool complete() const { return missing_ == 0; }

 private:
  std::uint8_t missing_ = 0;
  unsigned char lowest_ = 0x80;
  unsigned char highest_ = 0xbf;
};

}  // namespace millrace::routing
