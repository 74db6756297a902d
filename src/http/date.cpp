#include "http/date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace millrace::http {

namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Returns the number that the `size` digits of `text` at `begin` form, or -1.
int number_at(std::string_view text, std::size_t begin, std::size_t size) {
  int value = 0;
  const char* end = text.data() + begin + size;
  const auto [stopped, error] = std::from_chars(text.data() + begin, end, value);
  return error == std::errc{} && stopped == end && value >= 0 ? value : -1;
}

}  // namespace

std::string format_http_date(std::time_t time) {
  std::tm t{};
  ::gmtime_r(&time, &t);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDays[static_cast<std::size_t>(t.tm_wday)], t.tm_mday,
                     kMonths[static_cast<std::size_t>(t.tm_mon)], t.tm_year + 1900, t.tm_hour,
                     t.tm_min, t.tm_sec);
}

std::optional<std::time_t> parse_http_date(std::string_view text) {
  constexpr std::string_view kShape = "Sun, 06 Nov 1994 08:49:37 GMT";
  if (text.size() != kShape.size() || !text.ends_with(" GMT")) return std::nullopt;
  const auto* month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  std::tm t{};
  t.tm_mday = number_at(text, 5, 2);
  t.tm_mon = static_cast<int>(month - kMonths.begin());
  t.tm_year = number_at(text, 12, 4) - 1900;
  t.tm_hour = number_at(text, 17, 2);
  t.tm_min = number_at(text, 20, 2);
  t.tm_sec = number_at(text, 23, 2);
  const bool in_range = t.tm_mday >= 1 && t.tm_mday <= 31 && t.tm_mon < 12 && t.tm_year >= 0 &&
                        t.tm_hour >= 0 && t.tm_hour < 24 && t.tm_min >= 0 && t.tm_min < 60 &&
                        t.tm_sec >= 0 && t.tm_sec <= 60;
  if (!in_range) return std::nullopt;
  const std::time_t time = ::timegm(&t);
  // Formatting the time again reveals a wrong weekday, separator or day of the month.
  if (format_http_date(time) != text) return std::nullopt;
  return time;
}

}  // namespace millrace::http
