#include "millrace/cookies.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <unordered_map>

#include "http/field_text.hpp"
#include "text/percent.hpp"

namespace millrace {

namespace {

/// "Thu, 01 Jan 1970 00:00:00 GMT", as Date.toUTCString() writes it, in any locale.
std::string utc_text(std::chrono::system_clock::time_point when) {
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900,
                parts.tm_hour, parts.tm_min, parts.tm_sec);
  return text.data();
}

void check(const Cookie& cookie) {
  if (!is_token(cookie.name)) {
    throw std::invalid_argument(
        "\"" + cookie.name +
        "\" is not a valid cookie name: expected a token such as \"session-id\"");
  }
  for (const std::string* text : {&cookie.path, &cookie.domain}) {
    if (is_field_value(*text) && text->find(';') == std::string::npos) continue;
    throw std::invalid_argument(
        "the cookie " + cookie.name +
        " has an invalid path or domain: it contains \";\", a line break or a zero byte");
  }
}

std::string_view name_of(SameSite site) {
  switch (site) {
    case SameSite::strict:
      return "strict";
    case SameSite::lax:
      return "lax";
    case SameSite::none:
      return "none";
    case SameSite::unset:
      break;
  }
  return {};
}

std::string_view name_of(CookiePriority priority) {
  switch (priority) {
    case CookiePriority::low:
      return "low";
    case CookiePriority::medium:
      return "medium";
    case CookiePriority::high:
      return "high";
    case CookiePriority::unset:
      break;
  }
  return {};
}

std::optional<std::chrono::system_clock::time_point> expiry(
    const Cookie& cookie, std::chrono::system_clock::time_point now) {
  if (!cookie.max_age || cookie.max_age->count() == 0) return cookie.expires;
  // Keeps the sum in the range of the clock, which counts nanoseconds; browsers limit lifetimes to
  // less.
  constexpr std::chrono::seconds kFar = std::chrono::hours(24 * 366 * 100);
  return now + std::clamp(*cookie.max_age, -kFar, kFar);
}

}  // namespace

RequestCookies::RequestCookies(std::string_view field) {
  // Names are not decoded, so that they can be views of the field.
  std::unordered_map<std::string_view, std::size_t> places;
  while (!field.empty()) {
    const std::size_t end = field.find(';');
    const std::string_view pair = field.substr(0, end);
    field = end == std::string_view::npos ? std::string_view() : field.substr(end + 1);
    field.remove_prefix(std::min(field.find_first_not_of(' '), field.size()));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    auto value = equals == std::string_view::npos ? std::optional<std::string>("true")
                                                  : decode_component(pair.substr(equals + 1));
    if (!value) continue;
    const auto [place, fresh] = places.try_emplace(name, all_.size());
    if (fresh) {
      all_.emplace_back(name, *std::move(value));
    } else {
      all_[place->second].second = *std::move(value);
    }
  }
}

std::optional<std::string> RequestCookies::get(std::string_view name) const {
  for (const auto& [given, value] : all_) {
    if (given == name) return value;
  }
  return std::nullopt;
}

std::string to_set_cookie(const Cookie& cookie, std::chrono::system_clock::time_point now) {
  check(cookie);
  std::string text = cookie.name + "=";
  append_component(text, cookie.value);
  if (!cookie.path.empty()) text.append("; Path=").append(cookie.path);
  const auto expires = expiry(cookie, now);
  if (expires) text.append("; Expires=").append(utc_text(*expires));
  if (cookie.max_age) text.append("; Max-Age=").append(std::to_string(cookie.max_age->count()));
  if (!cookie.domain.empty()) text.append("; Domain=").append(cookie.domain);
  if (cookie.secure) text.append("; Secure");
  if (cookie.http_only) text.append("; HttpOnly");
  if (cookie.same_site != SameSite::unset) {
    text.append("; SameSite=").append(name_of(cookie.same_site));
  }
  if (cookie.partitioned) text.append("; Partitioned");
  if (cookie.priority != CookiePriority::unset) {
    text.append("; Priority=").append(name_of(cookie.priority));
  }
  return text;
}

}  // namespace millrace
