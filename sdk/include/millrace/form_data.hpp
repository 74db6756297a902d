// FormData is the body of an HTML form taken apart: application/x-www-form-urlencoded and
// multipart/form-data (RFC 7578), read as a JavaScript Request.formData() reads them. The bytes of
// files stay where they are in the body, which the FormData keeps.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// A field or a file of a form.
struct FormEntry {
  std::string name;
  /// A field's text, UTF-8; a file's bytes. Valid as long as `body`.
  std::string_view value;
  /// As the client calls it: never a path to write to. None for a field.
  std::optional<std::string> filename;
  /// A file's media type as the client says, in lower case; "text/plain" where it says none.
  std::string type;
  /// Keeps alive what `value` points into: the whole form's body, which its entries share.
  std::shared_ptr<const void> body = nullptr;

  [[nodiscard]] bool is_file() const { return filename.has_value(); }
};

/// Copies share the body. A const FormData may be read on any thread.
class FormData {
 public:
  FormData() = default;
  /// `owner` keeps alive what the entries' values point into.
  FormData(std::vector<FormEntry> entries, const std::shared_ptr<const void>& owner)
      : entries_(std::move(entries)) {
    for (FormEntry& entry : entries_) entry.body = owner;
  }

  // Copies throughout: request.form_data()->get("a") asks a form that is gone a moment later.

  /// The text of the first field of that name; none where there is none. Files are passed over.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  /// The texts of all fields of that name.
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  /// Whether there is a field or a file of that name.
  [[nodiscard]] bool has(std::string_view name) const;
  /// The first file of that name; none where there is none. Its bytes are not copied.
  [[nodiscard]] std::optional<FormEntry> file(std::string_view name) const;
  [[nodiscard]] std::vector<FormEntry> files(std::string_view name) const;
  /// Fields and files in the order in which they came.
  [[nodiscard]] const std::vector<FormEntry>& entries() const& { return entries_; }
  [[nodiscard]] std::vector<FormEntry> entries() && { return std::move(entries_); }

 private:
  std::vector<FormEntry> entries_;
};

/// What a form may have at most, beside the bytes of its body.
inline constexpr std::size_t kMaxFormEntries = 1000;

/// `content_type`: the value of the field Content-Type. None where that is no form's, where the
/// body does not keep to it (no last boundary, a part without a name …) or has more entries than
/// `max_entries`: answer 400.
[[nodiscard]] std::optional<FormData> parse_form_data(std::string_view content_type,
                                                      std::string body,
                                                      std::size_t max_entries = kMaxFormEntries);

}  // namespace millrace
