// Cookies as Next.js reads and writes them: a request's by name, an answer's as a Set-Cookie field.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// The cookies of a request (RFC 6265, section 5.4), values decoded as encodeURIComponent wrote them.
class RequestCookies {
 public:
  RequestCookies() = default;
  /// `field`: the value of the field Cookie.
  explicit RequestCookies(std::string_view field);

  /// None where there is no such cookie, or its value cannot be decoded.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return get(name).has_value(); }
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  /// Name and value, each name once, in the order in which they came.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

enum class SameSite : std::uint8_t { unset, strict, lax, none };

/// Which cookies a browser forgets first when it has too many. Chromium's.
enum class CookiePriority : std::uint8_t { unset, low, medium, high };

/// A cookie to be set. Browsers that get neither `max_age` nor `expires` forget it when they close.
struct Cookie {
  Cookie(std::string its_name, std::string its_value)
      : name(std::move(its_name)), value(std::move(its_value)) {}

  std::string name;
  std::string value;
  std::string path = "/";
  std::optional<std::chrono::system_clock::time_point> expires = {};
  std::optional<std::chrono::seconds> max_age = {};
  std::string domain = {};
  bool secure = false;
  bool http_only = false;
  SameSite same_site = SameSite::unset;
  bool partitioned = false;
  CookiePriority priority = CookiePriority::unset;
};

/// The value of a Set-Cookie field, written as Next.js does; a `max_age` that is not 0 says Expires,
/// too, reckoned from `now`, whatever `expires` is. Throws std::invalid_argument for a name, path or
/// domain that would end the field or add attributes.
[[nodiscard]] std::string to_set_cookie(
    const Cookie& cookie,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace millrace
