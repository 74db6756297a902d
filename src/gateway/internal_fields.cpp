#include "gateway/internal_fields.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace millrace::gateway {

namespace {

bool has_prefix(std::string_view name, std::string_view prefix) {
  return base::equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::any_of(names.begin(), names.end(), [name](std::string_view known) {
    return base::equals_ignoring_case(name, known);
  });
}

}  // namespace

bool is_internal_field(std::string_view name) {
  constexpr std::array<std::string_view, 11> kNames = {
      "x-middleware-rewrite",
      "x-middleware-redirect",
      "x-middleware-set-cookie",
      "x-middleware-skip",
      "x-middleware-override-headers",
      "x-middleware-next",
      "x-now-route-matches",
      "x-matched-path",
      "x-nextjs-data",
      "x-next-resume-state-length",
      "next-resume",
  };
  // Most fields end here.
  if (name.size() < 11) return false;
  const char first = base::to_lower(name.front());
  if (first != 'x' && first != 'n') return false;
  return has_prefix(name, "x-millrace-") || is_one_of(name, kNames);
}

bool is_middleware_instruction(std::string_view name) {
  constexpr std::array<std::string_view, 10> kNames = {
      "x-middleware-next",    "x-middleware-override-headers",
      "x-middleware-refresh", "x-middleware-redirect",
      "content-length",       "keep-alive",
      "connection",           "transfer-encoding",
      "content-encoding",     "x-middleware-set-cookie",
  };
  return has_prefix(name, "x-middleware-request-") || is_one_of(name, kNames);
}

}  // namespace millrace::gateway
