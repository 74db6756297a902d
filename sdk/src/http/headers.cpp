#include "millrace/headers.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "http/field_text.hpp"
#include "http/forwarded_proto.hpp"

namespace millrace {

namespace {

/// Fields of which only the first line counts, as in node:http.
constexpr std::array<std::string_view, 18> kSingle = {"age",
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

constexpr std::array<std::string_view, 4> kForwarded = {"x-forwarded-for", "x-forwarded-host",
                                                        "x-forwarded-port", "x-forwarded-proto"};

bool stands_once(std::string_view lower) {
  return std::find(kSingle.begin(), kSingle.end(), lower) != kSingle.end();
}

void join(std::string& value, std::string_view lower, std::string_view more) {
  if (stands_once(lower)) return;
  value.append(lower == "cookie" ? "; " : ", ").append(more);
}

}  // namespace

std::optional<std::string> Headers::sent(std::string_view name) const {
  std::optional<std::string> found;
  each_field(lines_, [&](std::string_view given, std::string_view value) {
    if (!same_name(given, name)) return;
    if (!found) {
      found = std::string(value);
    } else {
      join(*found, lower_case(name), value);
    }
  });
  return found;
}

std::optional<std::string> Headers::forwarded(std::string_view name) const {
  const bool secure = peer_.secure;
  if (same_name(name, "x-forwarded-for")) return std::string(peer_.address);
  if (same_name(name, "x-forwarded-proto")) return secure ? "https" : "http";
  const std::string host = sent("host").value_or("localhost");
  if (same_name(name, "x-forwarded-host")) return host;
  if (!same_name(name, "x-forwarded-port")) return std::nullopt;
  if (peer_.server_port != 0) return std::to_string(peer_.server_port);
  const std::size_t colon = host.rfind(':');
  const bool port = colon != std::string::npos && colon + 1 < host.size() &&
                    host.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  if (port) return host.substr(colon + 1);
  return is_https(sent("x-forwarded-proto").value_or(secure ? "https" : "http")) ? "443" : "80";
}

std::optional<std::string> Headers::get(std::string_view name) const {
  auto found = sent(name);
  if (!found && name.size() > 12 && (name[0] == 'x' || name[0] == 'X')) return forwarded(name);
  return found;
}

std::vector<std::pair<std::string, std::string>> Headers::entries() const {
  std::map<std::string, std::string> all;
  each_field(lines_, [&all](std::string_view name, std::string_view value) {
    std::string lower = lower_case(name);
    const auto [place, fresh] = all.try_emplace(lower, value);
    if (!fresh) join(place->second, lower, value);
  });
  for (const std::string_view name : kForwarded) {
    if (!all.contains(std::string(name))) all.emplace(name, forwarded(name).value_or(""));
  }
  return {all.begin(), all.end()};
}

}  // namespace millrace
