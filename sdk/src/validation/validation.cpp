#include "millrace/validation.hpp"

#include "http/media_type.hpp"
#include "millrace/detail/json_text.hpp"
#include "millrace/form_data.hpp"
#include "millrace/request.hpp"
#include "millrace/url.hpp"
#include "validation/form_value.hpp"
#include "validation/plan.hpp"
#include "validation/reader.hpp"

namespace millrace::detail {

namespace {

/// Enough for the JSON of most requests; larger documents use the heap.
constexpr std::size_t kStorageOnStack = 8192;

}  // namespace

ValidationErrors read_value(const boost::json::value& input, const Type& type, void* out) {
  ValidationErrors errors;
  Reader(errors).read(&input, type, FieldPlan(), out);
  return errors;
}

ValidationErrors read_text(std::string_view text, const Type& type, void* out) {
  // The value does not outlive this function, so it is never destroyed piece by piece.
  unsigned char room[kStorageOnStack];
  boost::json::monotonic_resource storage(room, sizeof room);
  const JsonText json = parse_body_json(text, &storage);
  if (json.value) return read_value(*json.value, type, out);
  ValidationErrors errors;
  errors.add("", "Invalid JSON: " + json.error);
  return errors;
}

ValidationErrors read_form(const std::vector<std::pair<std::string, std::string>>& entries,
                           const Type& type, void* out) {
  return read_value(form_value(entries, type), type, out);
}

ValidationErrors read_query(const QueryParameters& query, const Type& type, void* out) {
  return read_form(query.entries(), type, out);
}

ValidationErrors read_form_data(const FormData& form, const Type& type, void* out) {
  std::vector<std::pair<std::string, std::string>> entries;
  for (const FormEntry& entry : form.entries()) {
    if (!entry.is_file()) entries.emplace_back(entry.name, entry.value);
  }
  return read_form(entries, type, out);
}

ValidationErrors read_body(const Request& request, const Type& type, void* out) {
  const std::string content_type = request.headers().get("content-type").value_or("");
  const std::string media = media_type(content_type);
  const bool form = media == "application/x-www-form-urlencoded" || media == "multipart/form-data";
  if (!form) return read_text(request.text(), type, out);
  if (const auto data = parse_form_data(content_type, request.text())) {
    return read_form_data(*data, type, out);
  }
  ValidationErrors errors;
  errors.add("", "Invalid form: the body does not match its Content-Type");
  return errors;
}

}  // namespace millrace::detail
