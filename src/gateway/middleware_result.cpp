#include "gateway/middleware_result.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "gateway/internal_fields.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

using base::equals_ignoring_case;

bool is_redirect(std::uint16_t status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Returns exactly the request fields that `names` lists, each with the value that the middleware
/// set.
std::string overridden(std::string_view names, std::string_view response,
                       std::string_view request) {
  constexpr std::string_view kPrefix = "x-middleware-request-";
  const auto lower = [](std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), base::to_lower);
    return result;
  };
  // A map, since a head may have thousands of fields and a search for each would be quadratic.
  std::unordered_map<std::string, std::string_view> given;
  for (const auto& [name, value] : http::FieldsView(response)) {
    if (name.size() > kPrefix.size() &&
        equals_ignoring_case(name.substr(0, kPrefix.size()), kPrefix)) {
      given.emplace(lower(name.substr(kPrefix.size())), value);
    }
  }
  std::string out;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(','), names.size());
    const std::string_view name = base::trim(names.substr(0, end));
    names.remove_prefix(std::min(end + 1, names.size()));
    if (name.empty()) continue;
    const auto value = given.find(lower(name));
    if (value != given.end()) http::append_field(out, name, value->second);
  }
  // Every further step rejects a request without Host.
  if (!http::find_field(out, "host")) {
    if (const auto host = http::find_field(request, "host")) http::append_field(out, "host", *host);
  }
  return out;
}

/// Adds the fields that the middleware set for the client to the request too, where routes can read
/// them.
void add_to_request(std::string& request, std::string_view response) {
  std::string merged;
  for (const auto& [name, value] : http::FieldsView(request)) {
    if (!http::find_field(response, name)) http::append_field(merged, name, value);
  }
  for (const auto& [name, value] : http::FieldsView(response))
    http::append_field(merged, name, value);
  request = std::move(merged);
}

}  // namespace

MiddlewareResult read_middleware_result(std::uint16_t status, std::string_view fields,
                                        std::string_view request_fields, PendingFields& pending) {
  using Kind = MiddlewareResult::Kind;
  MiddlewareResult result;
  std::string for_client;
  std::optional<std::string_view> location;
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (equals_ignoring_case(name, "x-middleware-rewrite")) {
      result.kind = Kind::rewrite;
      result.rewrite = value;
    } else if (equals_ignoring_case(name, "x-middleware-next")) {
      if (result.kind != Kind::rewrite) result.kind = Kind::next;
    } else if (equals_ignoring_case(name, "location")) {
      location = value;
    }
    // As in Next.js, empty fields have no effect.
    if (!is_middleware_instruction(name) && !value.empty()) {
      http::append_field(for_client, name, value);
    }
  }
  const bool continues = result.kind != Kind::respond;
  if (!continues && location && is_redirect(status)) {
    result.kind = Kind::redirect;
    result.location = *location;
  }
  pending.take_middleware(for_client);
  if (!continues) return result;
  const auto names = http::find_field(fields, "x-middleware-override-headers");
  result.request_fields =
      names ? overridden(*names, fields, request_fields) : std::string(request_fields);
  std::string for_request;
  for (const auto& [name, value] : http::FieldsView(for_client)) {
    if (!equals_ignoring_case(name, "x-middleware-rewrite"))
      http::append_field(for_request, name, value);
  }
  if (const auto cookies = http::find_field(fields, "x-middleware-set-cookie")) {
    http::append_field(for_request, "x-middleware-set-cookie", *cookies);
  }
  add_to_request(result.request_fields, for_request);
  // A middleware that lists the fields has chosen each of them.
  result.set_fields = names ? result.request_fields : std::move(for_request);
  return result;
}

}  // namespace millrace::gateway
