// Cookies as Next.js reads and writes them: the cookies of a request by name, and a cookie of a
// response as a Set-Cookie field.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// The cookies of a request (RFC 6265, section 5.4), with values decoded as decodeURIComponent
/// does.
class RequestCookies {
 public:
  RequestCookies() = default;
  /// `field`: the value of the field Cookie.
  explicit RequestCookies(std::string_view field);

  /// Returns the cookie's value, or none where there is no such cookie or its value cannot be
  /// decoded.
  [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const { return get(name).has_value(); }
  [[nodiscard]] std::size_t size() const { return all_.size(); }
  /// Names and values, each name once, in the order received.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

enum class SameSite : std::uint8_t { unset, strict, lax, none };

/// Which cookies a browser discards first when it has too many (an attribute of Chromium).
enum class CookiePriority : std::uint8_t { unset, low, medium, high };

/// A cookie to set. Without `max_age` and `expires`, browsers delete it when they close.
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

/// Returns the value of a Set-Cookie field, written as Next.js writes it. A `max_age` other than 0
/// also adds Expires, computed from `now`, and overrides `expires`. Throws std::invalid_argument
/// for a name, path or domain that would end the field or add attributes.
[[nodiscard]] std::string to_set_cookie(
    const Cookie& cookie,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace millrace
