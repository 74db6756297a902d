#include "routing/request_values.hpp"

#include <algorithm>
#include <iterator>

#include "base/ascii.hpp"
#include "routing/path.hpp"
#include "routing/utf16.hpp"

namespace millrace::routing {

namespace {

/// Iterates over the lines of a field section: a folder on this floor cannot include http/.
template <typename Visit>
void each_field(std::string_view fields, const Visit& visit) {
  while (!fields.empty()) {
    const std::size_t end = std::min(fields.find("\r\n"), fields.size());
    const std::string_view line = fields.substr(0, end);
    fields.remove_prefix(std::min(end + 2, fields.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) {
      value.remove_prefix(1);
    }
    visit(line.substr(0, colon), value);
  }
}

/// Fields that Node.js does not join: it keeps the first.
bool is_single(std::string_view name) {
  constexpr std::string_view kSingle[] = {"age",
                                          "authorization",
                                          "content-length",
                                          "content-type",
                                          "etag",
                                          "expires",
                                          "from",
                                          "host",
                                          "if-modified-since",
                                          "if-unmodified-since",
                                          "last-modified",
                                          "location",
                                          "max-forwards",
                                          "proxy-authorization",
                                          "referer",
                                          "retry-after",
                                          "server",
                                          "user-agent"};
  return std::any_of(std::begin(kSingle), std::end(kSingle), [name](std::string_view known) {
    return base::equals_ignoring_case(known, name);
  });
}

/// Trims as String.prototype.trim() does for Latin-1.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = "\t\n\v\f\r \xA0";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return text.substr(0, text.find_last_not_of(kSpace) + 1);
}

/// As in the package "cookie": if an escape does not decode, the whole value stays as it is.
std::string decoded_cookie(std::string_view value) {
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    value.remove_suffix(std::min<std::size_t>(1, value.size()));
  }
  std::string raw = utf8_of_latin1(value);
  if (value.find('%') == std::string_view::npos || !decodes_as_utf8(raw)) return raw;
  return base::percent_decoded(raw);
}

}  // namespace

std::optional<std::string> field_value(std::string_view fields, std::string_view name) {
  std::optional<std::string> found;
  const std::string_view separator = base::equals_ignoring_case(name, "cookie") ? "; " : ", ";
  each_field(fields, [&](std::string_view given, std::string_view value) {
    if (!base::equals_ignoring_case(given, name)) return;
    if (!found) {
      found.emplace(value);
    } else if (!is_single(name)) {
      found->append(separator).append(value);
    }
  });
  return found;
}

std::optional<std::string> cookie_value(std::string_view fields, std::string_view name) {
  const auto all = field_value(fields, "cookie");
  if (!all) return std::nullopt;
  std::string_view rest = *all;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || trimmed(pair.substr(0, equals)) != name) continue;
    return decoded_cookie(trimmed(pair.substr(equals + 1)));
  }
  return std::nullopt;
}

std::optional<std::string> host_name(std::string_view fields) {
  auto host = field_value(fields, "host");
  if (!host) return std::nullopt;
  host->resize(std::min(host->find(':'), host->size()));
  std::transform(host->begin(), host->end(), host->begin(), base::to_lower);
  return host;
}

}  // namespace millrace::routing
