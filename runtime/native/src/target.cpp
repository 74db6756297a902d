#include "target.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "millrace/url.hpp"

namespace millrace::native {

namespace {

constexpr std::string_view kRewrittenQuery = "x-millrace-query: ";
/// A path escapes these (URL standard, path percent-encode set).
constexpr std::string_view kEscapedInPath = "\"<>^`{} ";

using Entries = QueryParameters::Entries;

bool is_word(char letter) {
  const char lower = static_cast<char>(letter | 0x20);
  return (lower >= 'a' && lower <= 'z') || (letter >= '0' && letter <= '9') ||
         std::string_view("_.*-").find(letter) != std::string_view::npos;
}

/// Whether the query is unchanged by normalization: one plain pair.
bool is_canonical(std::string_view query) {
  const std::size_t equals = query.find('=');
  if (equals == 0 || equals == std::string_view::npos) return false;
  return std::all_of(query.begin(), query.begin() + static_cast<std::ptrdiff_t>(equals), is_word) &&
         std::all_of(query.begin() + static_cast<std::ptrdiff_t>(equals) + 1, query.end(), is_word);
}

/// Returns the position of names that are integers: JavaScript objects order them first.
std::optional<std::uint64_t> index_of(std::string_view name) {
  if (name.empty() || name.size() > 10 || (name.size() > 1 && name[0] == '0')) return std::nullopt;
  std::uint64_t number = 0;
  for (const char digit : name) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  if (number >= 0xFFFF'FFFFU) return std::nullopt;
  return number;
}

/// Groups entries by name, each where the name occurs first, integer names before others.
Entries grouped(const Entries& entries, std::span<const Segment> left_out) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : entries) {
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    const bool is_segment =
        std::any_of(left_out.begin(), left_out.end(),
                    [&name = name](const Segment& s) { return s.name == name; });
    if (!known && !is_segment) names.push_back(name);
  }
  std::stable_sort(names.begin(), names.end(), [](std::string_view a, std::string_view b) {
    const auto first = index_of(a);
    const auto second = index_of(b);
    return first && (!second || *first < *second);
  });
  Entries together;
  for (const std::string_view name : names) {
    for (const auto& entry : entries) {
      if (entry.first == name) together.push_back(entry);
    }
  }
  return together;
}

std::optional<std::string_view> rewritten_query(std::string_view fields) {
  if (!fields.starts_with(kRewrittenQuery)) return std::nullopt;
  return fields.substr(kRewrittenQuery.size(), fields.find("\r\n") - kRewrittenQuery.size());
}

/// "a[]=1" is one value of a list.
Entries rewritten_entries(std::string_view text) {
  Entries entries = QueryParameters(text).entries();
  for (auto& [name, value] : entries) {
    if (name.ends_with("[]")) name.resize(name.size() - 2);
  }
  return entries;
}

/// Returns how many dots a segment consists of, escaped or not; 0 for any other segment.
int dots(std::string_view segment) {
  int count = 0;
  while (!segment.empty()) {
    const bool escaped = segment.starts_with("%2e") || segment.starts_with("%2E");
    if (!escaped && segment[0] != '.') return 0;
    segment.remove_prefix(escaped ? 3 : 1);
    if (++count > 2) return 0;
  }
  return count;
}

bool is_normalized(std::string_view path) {
  if (path.find_first_of(kEscapedInPath) != std::string_view::npos) return false;
  return path.find("/.") == std::string_view::npos && path.find("/%2e") == std::string_view::npos &&
         path.find("/%2E") == std::string_view::npos;
}

/// Normalizes a path as in the URL standard: resolves dot segments and escapes some characters.
std::string normalized(std::string_view path) {
  std::vector<std::string_view> segments;
  bool ends_in_folder = false;
  path.remove_prefix(1);
  for (bool more = true; more;) {
    const std::size_t slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    more = slash != std::string_view::npos;
    if (more) path.remove_prefix(slash + 1);
    const int count = dots(segment);
    ends_in_folder = count > 0;
    if (count == 2 && !segments.empty()) segments.pop_back();
    if (count == 0) segments.push_back(segment);
  }
  std::string text;
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const std::string_view segment : segments) {
    text += '/';
    for (const char letter : segment) {
      if (kEscapedInPath.find(letter) == std::string_view::npos) {
        text += letter;
      } else {
        const auto byte = static_cast<unsigned char>(letter);
        text.append({'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
      }
    }
  }
  if (ends_in_folder || text.empty()) text += '/';
  return text;
}

}  // namespace

std::string target_of(const link::InvokeView& invoke, std::span<const Segment> segments,
                      std::string_view base_path, bool rewritten) {
  std::string_view path = invoke.target;
  std::string_view query;
  const std::size_t mark = path.find('?');
  if (mark != std::string_view::npos) {
    query = path.substr(mark + 1);
    path = path.substr(0, mark);
  }
  std::string whole(path);
  if (!whole.starts_with('/')) whole.insert(whole.begin(), '/');
  if (!is_normalized(whole)) whole = normalized(whole);
  if (!base_path.empty() && whole.starts_with(base_path)) whole.erase(0, base_path.size());
  if (!whole.starts_with('/')) whole.insert(whole.begin(), '/');
  const auto made = rewritten ? rewritten_query(invoke.fields) : std::nullopt;
  if (made) {
    query = {};
  } else if (query.empty() || (segments.empty() && is_canonical(query))) {
    if (!query.empty()) whole.append("?").append(query);
    return whole;
  }
  const Entries entries = made ? rewritten_entries(*made) : QueryParameters(query).entries();
  const std::string text = encode_query(grouped(entries, segments));
  if (!text.empty()) whole.append("?").append(text);
  return whole;
}

std::string_view without_internal_fields(std::string_view fields) {
  if (rewritten_query(fields)) fields.remove_prefix(fields.find("\r\n") + 2);
  return fields;
}

}  // namespace millrace::native
