#include "http/chunk_head.hpp"

#include <cstddef>

#include "base/ascii.hpp"
#include "http/fields.hpp"

namespace millrace::http {

namespace {

constexpr std::size_t kMostSizeDigits = 16;

/// Returns whether `text` has a CR without LF or an LF without CR. The LF of a CR at the end may
/// still follow.
bool has_lone_line_end(std::string_view text) {
  for (std::size_t at = text.find_first_of("\r\n"); at != std::string_view::npos;
       at = text.find_first_of("\r\n", at + 2)) {
    if (text[at] == '\n') return true;
    if (at + 1 < text.size() && text[at + 1] != '\n') return true;
  }
  return false;
}

/// HTAB, SP, visible characters and bytes outside ASCII.
bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/// Removes the quoted-string (RFC 9110 §5.6.4) that `text` begins with; returns false where there
/// is none.
bool skip_quoted_string(std::string_view& text) {
  if (!text.starts_with('"')) return false;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') {
      text.remove_prefix(at + 1);
      return true;
    }
    if (text[at] == '\\') ++at;
    if (at == text.size() || !is_text(text[at])) return false;
  }
  return false;
}

bool skip_token(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && is_token(text.substr(size, 1))) ++size;
  text.remove_prefix(size);
  return size > 0;
}

/// *( BWS ";" BWS name [ BWS "=" BWS value ] )
bool are_extensions(std::string_view text) {
  while (!text.empty()) {
    text = base::trim(text);
    if (!text.starts_with(';')) return false;
    text = base::trim(text.substr(1));
    if (!skip_token(text)) return false;
    const std::string_view after_name = base::trim(text);
    if (!after_name.starts_with('=')) continue;
    text = base::trim(after_name.substr(1));
    if (!skip_quoted_string(text) && !skip_token(text)) return false;
  }
  return true;
}

}  // namespace

ChunkHead validate_chunk_head(std::string_view text) {
  std::size_t digits = 0;
  bool is_last = true;
  while (digits < text.size() && base::hex_digit(text[digits]) >= 0) {
    is_last = is_last && text[digits] == '0';
    ++digits;
  }
  if (digits > kMostSizeDigits || (digits == 0 && !text.empty())) return ChunkHead::invalid;
  const std::size_t line_end = text.find("\r\n");
  if (line_end == std::string_view::npos) {
    const bool hopeless = has_lone_line_end(text) || text.find('\0') != std::string_view::npos;
    return hopeless ? ChunkHead::invalid : ChunkHead::incomplete;
  }
  const std::string_view line = text.substr(0, line_end);
  if (has_lone_line_end(line) || !are_extensions(line.substr(digits))) return ChunkHead::invalid;
  if (!is_last) return ChunkHead::valid;
  const std::string_view trailer = text.substr(line_end + 2);
  if (trailer.starts_with("\r\n")) return ChunkHead::valid;
  const std::size_t end = trailer.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    return has_lone_line_end(trailer) ? ChunkHead::invalid : ChunkHead::incomplete;
  }
  return validate_fields(trailer.substr(0, end + 2)) ? ChunkHead::valid : ChunkHead::invalid;
}

}  // namespace millrace::http
