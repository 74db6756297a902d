#include "session/token_time.hpp"

#include <cmath>
#include <optional>

namespace millrace::detail {

namespace {

/// NaN where the claim is not a number.
std::optional<double> seconds_in(const json::object& claims, std::string_view name) {
  const auto* const value = claims.if_contains(name);
  if (value == nullptr) return std::nullopt;
  return value->is_number() ? value->to_number<double>() : std::nan("");
}

}  // namespace

std::string fault_of_time(const json::object& claims, std::chrono::system_clock::time_point now,
                          std::chrono::seconds tolerance) {
  const double current = std::chrono::duration<double>(now.time_since_epoch()).count();
  const auto slack = static_cast<double>(tolerance.count());
  const auto expires = seconds_in(claims, "exp");
  if (expires && !(current < *expires + slack)) return "it has expired";
  const auto begins = seconds_in(claims, "nbf");
  if (begins && !(current >= *begins - slack)) return "it is not valid yet";
  return {};
}

}  // namespace millrace::detail
