#include "millrace/proxy.hpp"

#include <algorithm>

#include "http/field_text.hpp"

namespace millrace {

namespace {

constexpr std::string_view kOverride = "x-middleware-request-";

}  // namespace

Response next() {
  Response response;
  response.header("x-middleware-next", "1");
  return response;
}

Response next(const RequestHead& request, const FieldList& changes) {
  FieldList fields = request.headers().entries();
  for (const auto& [given, value] : changes) {
    const std::string name = lower_case(given);
    std::erase_if(fields, [&name](const auto& field) { return field.first == name; });
    if (!value.empty()) fields.emplace_back(name, value);
  }
  Response response = next();
  std::string names;
  for (const auto& [name, value] : fields) {
    if (!names.empty()) names += ',';
    names += name;
    response.header(std::string(kOverride) + name, value);
  }
  return std::move(response.header("x-middleware-override-headers", names));
}

Response rewrite(std::string_view location) {
  Response response;
  response.header("x-middleware-rewrite", location);
  return response;
}

}  // namespace millrace
