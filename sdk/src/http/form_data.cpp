#include "millrace/form_data.hpp"

#include <algorithm>

#include "http/media_type.hpp"
#include "http/multipart.hpp"
#include "text/percent.hpp"

namespace millrace {

namespace {

/// RFC 2046 allows 70; some clients send longer ones. The limit keeps the search for it linear.
constexpr std::size_t kMaxBoundary = 256;

std::optional<std::vector<FormEntry>> parse_urlencoded(FormStorage& storage,
                                                       std::size_t max_entries) {
  std::vector<FormEntry> entries;
  std::string_view rest = storage.body;
  if (rest.starts_with('?')) rest.remove_prefix(1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(pair.size() < rest.size() ? pair.size() + 1 : pair.size());
    if (pair.empty()) continue;
    if (entries.size() == max_entries) return std::nullopt;
    const std::string_view name = pair.substr(0, pair.find('='));
    const std::string_view value = pair.substr(std::min(name.size() + 1, pair.size()));
    FormEntry entry;
    entry.name = decode_form_text(name);
    entry.value = storage.repaired.emplace_back(decode_form_text(value));
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

std::optional<std::string> FormData::get(std::string_view name) const {
  for (const FormEntry& entry : entries_) {
    if (entry.name == name && !entry.is_file()) return std::string(entry.value);
  }
  return std::nullopt;
}

std::vector<std::string> FormData::all(std::string_view name) const {
  std::vector<std::string> values;
  for (const FormEntry& entry : entries_) {
    if (entry.name == name && !entry.is_file()) values.emplace_back(entry.value);
  }
  return values;
}

bool FormData::has(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [name](const FormEntry& entry) { return entry.name == name; });
}

std::optional<FormEntry> FormData::file(std::string_view name) const {
  for (const FormEntry& entry : entries_) {
    if (entry.name == name && entry.is_file()) return entry;
  }
  return std::nullopt;
}

std::vector<FormEntry> FormData::files(std::string_view name) const {
  std::vector<FormEntry> found;
  for (const FormEntry& entry : entries_) {
    if (entry.name == name && entry.is_file()) found.push_back(entry);
  }
  return found;
}

std::optional<FormData> parse_form_data(std::string_view content_type, std::string body,
                                        std::size_t max_entries) {
  const std::string type = media_type(content_type);
  auto storage = std::make_shared<FormStorage>();
  storage->body = std::move(body);
  std::optional<std::vector<FormEntry>> entries;
  if (type == "application/x-www-form-urlencoded") {
    entries = parse_urlencoded(*storage, max_entries);
  } else if (type == "multipart/form-data") {
    const auto boundary = media_type_parameter(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary) return std::nullopt;
    entries = parse_multipart(*storage, *boundary, max_entries);
  }
  if (!entries) return std::nullopt;
  return FormData(*std::move(entries), storage);
}

}  // namespace millrace
