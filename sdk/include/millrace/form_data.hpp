// FormData is the parsed body of an HTML form: application/x-www-form-urlencoded and
// multipart/form-data (RFC 7578), as Request.formData() of JavaScript parses them. The bytes of
// files are not copied: they stay in the body, which the FormData owns.
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
  /// A field's text in UTF-8, or a file's bytes. Valid as long as `body`.
  std::string_view value;
  /// The name that the client gives the file: never a path to write to. None for a field.
  std::optional<std::string> filename;
  /// The media type that the client states for a file, in lower case; "text/plain" where it states
  /// none.
  std::string type;
  /// Keeps alive what `value` points into: the body of the whole form, which all entries share.
  std::shared_ptr<const void> body = nullptr;

  [[nodiscard]] bool is_file() const { return filename.has_value(); }
};

/// Copies share the body. A const FormData can be read on any thread.
class FormData {
 public:
  FormData() = default;
  /// `owner` keeps alive what the entries' values point into.
  FormData(std::vector<FormEntry> entries, const std::shared_ptr<const void>& owner)
      : entries_(std::move(entries)) {
    for (FormEntry& entry : entries_) entry.body = owner;
  }

  // Getters return copies, because request.form_data()->get("a") reads from a temporary form.

  /// The text of the first field of that name, or none. Ignores files.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  /// The texts of all fields of that name.
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;
  /// Whether there is a field or a file of that name.
  [[nodiscard]] bool has(std::string_view name) const;
  /// The first file of that name, or none. Its bytes are not copied.
  [[nodiscard]] std::optional<FormEntry> file(std::string_view name) const;
  [[nodiscard]] std::vector<FormEntry> files(std::string_view name) const;
  /// Fields and files in the order received.
  [[nodiscard]] const std::vector<FormEntry>& entries() const& { return entries_; }
  [[nodiscard]] std::vector<FormEntry> entries() && { return std::move(entries_); }

 private:
  std::vector<FormEntry> entries_;
};

/// Maximum number of entries of a form.
inline constexpr std::size_t kMaxFormEntries = 1000;

/// Parses the body of a form. `content_type` is the value of the Content-Type field. Returns none
/// where that is not the type of a form, where the body is malformed (no last boundary, a part
/// without a name …) or has more than `max_entries` entries: respond with 400.
[[nodiscard]] std::optional<FormData> parse_form_data(std::string_view content_type,
                                                      std::string body,
                                                      std::size_t max_entries = kMaxFormEntries);

}  // namespace millrace
