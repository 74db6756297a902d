#include "http/connection_options.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/ascii.hpp"
#include "http/fields.hpp"

namespace millrace::http {

namespace {

using base::equals_ignoring_case;

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::any_of(names.begin(), names.end(),
                     [name](std::string_view known) { return equals_ignoring_case(name, known); });
}

/// Fields that a sender must not name as options, since all recipients need them.
bool is_for_all_recipients(std::string_view name) {
  constexpr std::array<std::string_view, 8> kPrefixes = {
      "content-", "x-forwarded-", "accept", "access-control-",
      "if-",      "sec-",         "cache-", "cross-origin-"};
  constexpr std::array<std::string_view, 31> kNames = {"age",
                                                       "allow",
                                                       "authorization",
                                                       "clear-site-data",
                                                       "cookie",
                                                       "date",
                                                       "dnt",
                                                       "etag",
                                                       "expires",
                                                       "forwarded",
                                                       "from",
                                                       "host",
                                                       "last-modified",
                                                       "link",
                                                       "location",
                                                       "max-forwards",
                                                       "origin",
                                                       "pragma",
                                                       "range",
                                                       "referer",
                                                       "referrer-policy",
                                                       "retry-after",
                                                       "server",
                                                       "set-cookie",
                                                       "strict-transport-security",
                                                       "traceparent",
                                                       "user-agent",
                                                       "vary",
                                                       "via",
                                                       "www-authenticate",
                                                       "x-real-ip"};
  const bool has_prefix =
      std::any_of(kPrefixes.begin(), kPrefixes.end(), [name](std::string_view prefix) {
        return equals_ignoring_case(name.substr(0, prefix.size()), prefix);
      });
  return has_prefix || is_one_of(name, kNames);
}

}  // namespace

bool is_connection_field(std::string_view name) {
  constexpr std::array<std::string_view, 12> kNames = {"connection",
                                                       "expect",
                                                       "http2-settings",
                                                       "keep-alive",
                                                       "te",
                                                       "trailer",
                                                       "transfer-encoding",
                                                       "upgrade",
                                                       "proxy-authenticate",
                                                       "proxy-authentication-info",
                                                       "proxy-authorization",
                                                       "proxy-connection"};
  return is_one_of(name, kNames);
}

ConnectionOptions::ConnectionOptions(std::string_view section) {
  for (const auto& [name, value] : FieldsView(section)) {
    if (!equals_ignoring_case(name, "connection")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(','), rest.size());
      const std::string_view option = base::trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (!option.empty() && !is_for_all_recipients(option)) names_.emplace_back(option);
    }
  }
}

bool ConnectionOptions::removes(std::string_view name) const {
  return std::any_of(names_.begin(), names_.end(), [name](const std::string& option) {
    return equals_ignoring_case(option, name);
  });
}

}  // namespace millrace::http
