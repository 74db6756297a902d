#include "project/origin.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace millrace::project {

bool is_origin(std::string_view url) {
  constexpr std::array<std::string_view, 2> kSchemes = {"http://", "https://"};
  for (const std::string_view scheme : kSchemes) {
    if (!base::equals_ignoring_case(url.substr(0, scheme.size()), scheme)) continue;
    std::string_view authority = url.substr(scheme.size());
    if (authority.ends_with('/')) authority.remove_suffix(1);
    const bool plain = std::all_of(authority.begin(), authority.end(), [](char c) {
      return c > ' ' && c < '\x7f' && std::string_view("/?#@\\").find(c) == std::string_view::npos;
    });
    return plain && !authority.empty();
  }
  return false;
}

}  // namespace millrace::project
