// Field sections (RFC 9110 §5, §6.3) as this server stores them: one text with "Name: value\r\n"
// for each field line, in the order received. Lines are parsed on access.
#pragma once

#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

struct Field {
  std::string_view name;
  std::string_view value;
};

/// Appends the line `name: value`. The caller has validated both, or has them from a FieldsView.
inline void append_field(std::string& fields, std::string_view name, std::string_view value) {
  fields.append(name).append(": ").append(value).append("\r\n");
}

/// A range over the lines of a section that validate_fields() accepts. Over any other text it
/// yields unspecified lines, but never reads outside. The text must outlive the view.
class FieldsView {
 public:
  class Iterator {
   public:
    using value_type = Field;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using pointer = const Field*;
    using reference = const Field&;

    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest) { advance(); }

    reference operator*() const { return field_; }
    pointer operator->() const { return &field_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    bool operator==(std::default_sentinel_t /*end*/) const { return at_end_; }

   private:
    void advance();

    std::string_view rest_;
    Field field_;
    bool at_end_ = true;
  };

  explicit FieldsView(std::string_view section) : section_(section) {}

  [[nodiscard]] Iterator begin() const { return Iterator(section_); }
  [[nodiscard]] static std::default_sentinel_t end() { return std::default_sentinel; }

 private:
  std::string_view section_;
};

/// Returns the value of the first field of that name, compared case-insensitively.
[[nodiscard]] std::optional<std::string_view> find_field(std::string_view section,
                                                         std::string_view name);

/// Returns whether every line is a token, ':', a value without CR, LF or NUL, and CRLF (RFC 9110
/// §5.5). An empty section is valid.
[[nodiscard]] bool validate_fields(std::string_view section);

/// Returns whether `text` is a token (RFC 9110 §5.6.2), such as a field name or a method.
[[nodiscard]] bool is_token(std::string_view text);

/// Returns whether `text` contains no CR, LF or NUL, which holds for field values and reason
/// phrases.
[[nodiscard]] bool is_field_value(std::string_view text);

/// Returns whether a comma-separated value (RFC 9110 §5.6.1) contains `token`, compared
/// case-insensitively.
[[nodiscard]] bool has_token(std::string_view value, std::string_view token);

}  // namespace millrace::http
