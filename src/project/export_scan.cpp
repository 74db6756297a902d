#include "project/export_scan.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace millrace::project {

namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$';
}

/// Splits a text into names and punctuation characters. Comments are omitted; of a string, only its
/// first quote is kept as a placeholder.
class Words {
 public:
  explicit Words(std::string_view source) : rest_(source) {}

  std::vector<std::string_view> all() {
    std::vector<std::string_view> words;
    while (!rest_.empty()) {
      if (const std::size_t skipped = comment(); skipped != 0) {
        take(skipped);
      } else if (is_name_char(rest_.front())) {
        words.push_back(take(name()));
      } else if (rest_.front() == '"' || rest_.front() == '\'' || rest_.front() == '`') {
        words.push_back(take(string()).substr(0, 1));
      } else if (std::string_view(" \t\r\n").find(rest_.front()) != std::string_view::npos) {
        take(1);
      } else {
        words.push_back(take(1));
      }
    }
    return words;
  }

 private:
  std::string_view take(std::size_t length) {
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  [[nodiscard]] std::size_t through(std::string_view end, std::size_t from) const {
    const std::size_t at = rest_.find(end, from);
    return at == std::string_view::npos ? rest_.size() : at + end.size();
  }

  [[nodiscard]] std::size_t comment() const {
    if (rest_.starts_with("//")) return through("\n", 2);
    return rest_.starts_with("/*") ? through("*/", 2) : 0;
  }

  [[nodiscard]] std::size_t name() const {
    std::size_t length = 1;
    while (length < rest_.size() && is_name_char(rest_[length])) ++length;
    return length;
  }

  /// An unpaired quote (in a regular expression, for example) ends at the end of its line.
  [[nodiscard]] std::size_t string() const {
    const char quote = rest_.front();
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] == '\\') {
        ++at;
      } else if (rest_[at] == quote) {
        return at + 1;
      } else if (rest_[at] == '\n' && quote != '`') {
        return at;
      }
    }
    return quote == '`' ? 1 : rest_.size();
  }

  std::string_view rest_;
};

bool is_any_of(std::string_view word, std::initializer_list<std::string_view> words) {
  for (const std::string_view candidate : words) {
    if (word == candidate) return true;
  }
  return false;
}

/// Whether the word at `at` is the name of an exported declaration: `export async function* name`.
bool is_declared(const std::vector<std::string_view>& words, std::size_t at) {
  std::size_t before = at;
  const auto skip = [&](std::initializer_list<std::string_view> any) {
    if (before == 0 || !is_any_of(words[before - 1], any)) return false;
    --before;
    return true;
  };
  skip({"*"});
  if (!skip({"function", "const", "let", "var"})) return false;
  skip({"async"});
  return before > 0 && words[before - 1] == "export";
}

/// Whether the word at `at` is an exported name in `export { other, local as name }`.
bool is_listed(const std::vector<std::string_view>& words, std::size_t at) {
  if (at + 1 >= words.size() || !is_any_of(words[at + 1], {",", "}"})) return false;
  for (std::size_t open = at; open-- > 0;) {
    const std::string_view word = words[open];
    if (word == "{") return open > 0 && words[open - 1] == "export";
    const bool inside = word == "," || word == "\"" || word == "'" || is_name_char(word.front());
    if (!inside) return false;
  }
  return false;
}

bool is_assigned(const std::vector<std::string_view>& words, std::size_t at) {
  return at >= 2 && words[at - 1] == "." && words[at - 2] == "exports" && at + 1 < words.size() &&
         words[at + 1] == "=";
}

}  // namespace

bool exports_name(std::string_view source, std::string_view name) {
  // Nearly every file ends here.
  if (source.find(name) == std::string_view::npos) return false;
  const std::vector<std::string_view> words = Words(source).all();
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (words[at] != name) continue;
    if (is_declared(words, at) || is_listed(words, at) || is_assigned(words, at)) return true;
  }
  return false;
}

}  // namespace millrace::project
