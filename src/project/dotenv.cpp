#include "project/dotenv.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace millrace::project {

namespace {

constexpr std::size_t kNone = std::string_view::npos;
// The limit of Linux for one variable.
constexpr std::size_t kValueBytes = std::size_t{128} << 10U;
constexpr int kExpansionSteps = 1000;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }

/// The number of bytes of the white space (JavaScript's \s) that `text` begins with; 0 for none.
std::size_t space_at(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] == ' ' || (text[0] >= '\t' && text[0] <= '\r')) return 1;
  if (text.starts_with("\xc2\xa0")) return 2;
  constexpr std::string_view kWide[] = {"\xe1\x9a\x80", "\xe2\x80\xa8", "\xe2\x80\xa9",
                                        "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
                                        "\xef\xbb\xbf"};
  for (const std::string_view wide : kWide) {
    if (text.starts_with(wide)) return wide.size();
  }
  const bool quad = text.starts_with("\xe2\x80") && text.size() > 2 &&
                    static_cast<unsigned char>(text[2]) >= 0x80 &&
                    static_cast<unsigned char>(text[2]) <= 0x8a;
  return quad ? 3 : 0;
}

std::string_view trim_spaces(std::string_view text) {
  while (const std::size_t size = space_at(text)) text.remove_prefix(size);
  for (bool more = true; more;) {
    more = false;
    for (std::size_t size = 1; size <= 3 && size <= text.size(); ++size) {
      if (space_at(text.substr(text.size() - size)) != size) continue;
      text.remove_suffix(size);
      more = true;
      break;
    }
  }
  return text;
}

/// A parser that implements dotenv's line pattern in one pass over the text.
class Parser {
 public:
  /// `text` has no CR: the caller converts line ends to LF.
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<std::pair<std::string_view, std::string_view>> parse() {
    std::size_t line = 0;
    while (line < text_.size()) {
      const std::size_t begin = skip_spaces(line);
      const std::size_t end = take_entry(begin);
      // An entry can end at the start of the next line, or inside a line that is ignored.
      line = end == kNone ? line_after(begin) : line_from(end);
    }
    return std::move(found_);
  }

 private:
  [[nodiscard]] std::size_t skip_spaces(std::size_t at) const {
    while (const std::size_t size = space_at(text_.substr(at))) at += size;
    return at;
  }

  [[nodiscard]] std::size_t line_after(std::size_t at) const {
    const std::size_t end = text_.find('\n', at);
    return end == kNone ? text_.size() : end + 1;
  }

  /// The first line that begins at `at` or later.
  [[nodiscard]] std::size_t line_from(std::size_t at) const {
    return text_[at - 1] == '\n' ? at : line_after(at);
  }

  /// The end of the entry that begins at `begin`; kNone where there is none.
  std::size_t take_entry(std::size_t begin) {
    constexpr std::string_view kExport = "export";
    if (text_.substr(begin).starts_with(kExport)) {
      const std::size_t after = skip_spaces(begin + kExport.size());
      const std::size_t end = after > begin + kExport.size() ? take_pair(after) : kNone;
      if (end != kNone) return end;
    }
    return take_pair(begin);
  }

  std::size_t take_pair(std::size_t begin) {
    std::size_t at = begin;
    while (at < text_.size() && (is_word(text_[at]) || text_[at] == '.' || text_[at] == '-')) ++at;
    if (at == begin) return kNone;
    const std::string_view name = text_.substr(begin, at - begin);
    const std::size_t sign = skip_spaces(at);
    if (sign < text_.size() && text_[sign] == '=') return take_value(name, sign + 1);
    const std::size_t space =
        at < text_.size() && text_[at] == ':' ? space_at(text_.substr(at + 1)) : 0;
    return space > 0 ? take_value(name, at + 1 + space) : kNone;
  }

  std::size_t take_value(std::string_view name, std::size_t begin) {
    const std::size_t quote = skip_spaces(begin);
    if (quote < text_.size() && is_quote(text_[quote])) {
      const std::size_t close = closing_quote(quote);
      if (close != kNone) {
        found_.emplace_back(name, text_.substr(begin, close + 1 - begin));
        return end_of_entry(close + 1);
      }
    }
    const std::size_t end = std::min(text_.find_first_of("#\n", begin), text_.size());
    found_.emplace_back(name, text_.substr(begin, end - begin));
    return end_of_entry(end);
  }

  /// The quote that closes the one at `open`: the first one without a backslash, if only a comment
  /// follows it, else the last one with a backslash for which that holds.
  [[nodiscard]] std::size_t closing_quote(std::size_t open) const {
    std::vector<std::size_t> escaped;
    for (std::size_t at = open + 1; at < text_.size(); ++at) {
      if (text_[at] == '\\' && at + 1 < text_.size() && text_[at + 1] == text_[open]) {
        escaped.push_back(++at);
      } else if (text_[at] == text_[open]) {
        if (end_of_entry(at + 1) != kNone) return at;
        break;
      }
    }
    const auto last = std::find_if(escaped.rbegin(), escaped.rend(), [this](std::size_t at) {
      return end_of_entry(at + 1) != kNone;
    });
    return last == escaped.rend() ? kNone : *last;
  }

  /// The end of an entry whose value ends at `at`; kNone where more than a comment follows. White
  /// space can extend over empty lines, and a comment on a line of its own belongs to the entry.
  [[nodiscard]] std::size_t end_of_entry(std::size_t at) const {
    const std::size_t next = skip_spaces(at);
    if (next == text_.size()) return next;
    if (text_[next] == '#') return std::min(text_.find('\n', next), text_.size());
    const std::size_t line_end = text_.substr(at, next - at).rfind('\n');
    return line_end == kNone ? kNone : at + line_end;
  }

  std::string_view text_;
  std::vector<std::pair<std::string_view, std::string_view>> found_;
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at)) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
}

std::string value_of(std::string_view raw) {
  raw = trim_spaces(raw);
  if (raw.empty() || !is_quote(raw.front())) return std::string(raw);
  const bool escapes = raw.front() == '"';
  const bool closed = raw.size() > 1 && raw.back() == raw.front();
  std::string value(closed ? raw.substr(1, raw.size() - 2) : raw);
  if (escapes) {
    replace_all(value, "\\n", "\n");
    replace_all(value, "\\r", "\r");
  }
  return value;
}

std::string with_line_feeds(std::string_view text) {
  std::string out(text);
  replace_all(out, "\r\n", "\n");
  std::replace(out.begin(), out.end(), '\r', '\n');
  return out;
}

/// The index for a name that is an array index in JavaScript; else the greatest number.
std::uint32_t array_index(std::string_view name) {
  constexpr std::uint32_t kNotOne = std::numeric_limits<std::uint32_t>::max();
  if (name.empty() || (name.size() > 1 && name.front() == '0')) return kNotOne;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  return error == std::errc() && end == name.data() + name.size() ? value : kNotOne;
}

/// A reference in a value: its text, the name it refers to, and its default.
struct Reference {
  std::string_view text;
  std::string_view name;
  std::string_view fallback;
};

/// The last reference of `value`, as dotenv-expand finds it: it considers only the last unescaped
/// dollar.
std::optional<Reference> last_reference(std::string_view value) {
  std::size_t dollar = value.rfind('$');
  while (dollar != kNone && dollar > 0 && value[dollar - 1] == '\\') {
    dollar = value.rfind('$', dollar - 1);
  }
  if (dollar == kNone) return std::nullopt;
  std::size_t at = dollar + 1;
  if (at < value.size() && value[at] == '{') ++at;
  const std::size_t name = at;
  while (at < value.size() && is_word(value[at])) ++at;
  if (at == name) return std::nullopt;
  Reference reference{.text = {}, .name = value.substr(name, at - name), .fallback = {}};
  if (value.substr(at).starts_with(":-")) {
    const std::size_t begin = at + 2;
    at = std::min(value.find_first_of("}\\", begin), value.size());
    reference.fallback = value.substr(begin, at - begin);
  }
  if (at < value.size() && value[at] == '}') ++at;
  reference.text = value.substr(dollar, at - dollar);
  return reference;
}

/// String.prototype.replace: replaces the first occurrence of `from`, with the special meaning of
/// "$$", "$&", "$`" and "$'" in the replacement.
std::string replace_first(std::string_view value, std::string_view from, std::string_view to) {
  const std::size_t place = value.find(from);
  const std::string_view before = value.substr(0, place);
  const std::string_view after = value.substr(place + from.size());
  std::string out(before);
  for (std::size_t at = 0; at < to.size(); ++at) {
    const char next = to[at] == '$' && at + 1 < to.size() ? to[at + 1] : '\0';
    if (next == '$') {
      out.push_back('$');
    } else if (next == '&') {
      out.append(from);
    } else if (next == '`') {
      out.append(before);
    } else if (next == '\'') {
      out.append(after);
    } else {
      out.push_back(to[at]);
      continue;
    }
    ++at;
  }
  return out.append(after);
}

/// An empty value counts as missing, as in `a || b`.
std::string_view look_up(const Reference& reference, const Variables& environment,
                         const std::vector<DotenvEntry>& entries) {
  const auto known = environment.find(reference.name);
  if (known != environment.end() && !known->second.empty()) return known->second;
  if (!reference.fallback.empty()) return reference.fallback;
  const auto entry =
      std::find_if(entries.begin(), entries.end(),
                   [&](const DotenvEntry& candidate) { return candidate.name == reference.name; });
  return entry == entries.end() ? std::string_view() : std::string_view(entry->value);
}

}  // namespace

std::vector<DotenvEntry> parse_dotenv(std::string_view text) {
  const std::string lines = with_line_feeds(text);
  std::vector<DotenvEntry> entries;
  std::map<std::string_view, std::size_t> places;
  for (const auto& [name, raw] : Parser(lines).parse()) {
    // Setting it has no effect on a JavaScript object.
    if (name == "__proto__") continue;
    const auto [place, fresh] = places.emplace(name, entries.size());
    if (fresh) entries.push_back({.name = std::string(name), .value = {}});
    entries[place->second].value = value_of(raw);
  }
  std::stable_sort(entries.begin(), entries.end(), [](const DotenvEntry& a, const DotenvEntry& b) {
    return array_index(a.name) < array_index(b.name);
  });
  return entries;
}

base::Result<void> expand_dotenv(std::vector<DotenvEntry>& entries, Variables& environment) {
  for (DotenvEntry& entry : entries) {
    const auto known = environment.find(entry.name);
    std::string value = known == environment.end() ? entry.value : known->second;
    for (int steps = 0; const auto reference = last_reference(value); ++steps) {
      if (steps == kExpansionSteps || value.size() > kValueBytes) {
        return base::Error(base::ErrorCode::invalid,
                           entry.name +
                               ": its value refers to itself endlessly; write \\$ for a literal "
                               "dollar sign");
      }
      value = replace_first(value, reference->text, look_up(*reference, environment, entries));
    }
    replace_all(value, "\\$", "$");
    entry.value = std::move(value);
  }
  for (const DotenvEntry& entry : entries) environment.insert_or_assign(entry.name, entry.value);
  return {};
}

}  // namespace millrace::project
