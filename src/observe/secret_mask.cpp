#include "observe/secret_mask.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace millrace::observe {

bool SecretMask::hides(std::string_view name) const {
  // An encoded name is the same parameter to a handler.
  const std::string decoded =
      name.find('%') == std::string_view::npos ? std::string() : base::percent_decoded(name);
  const std::string_view plain = decoded.empty() ? name : std::string_view(decoded);
  return std::any_of(names_.begin(), names_.end(), [plain](const std::string& hidden) {
    return base::equals_ignoring_case(hidden, plain);
  });
}

void SecretMask::append(std::string& to, std::string_view target) const {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos || names_.empty()) {
    to.append(target);
    return;
  }
  to.append(target.substr(0, mark + 1));
  target.remove_prefix(mark + 1);
  while (!target.empty()) {
    const std::size_t end = std::min(target.find_first_of("&#"), target.size());
    const std::string_view pair = target.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && hides(pair.substr(0, equals))) {
      to.append(pair.substr(0, equals + 1)).append("***");
    } else {
      to.append(pair);
    }
    if (end < target.size()) to.push_back(target[end]);
    target.remove_prefix(std::min(end + 1, target.size()));
  }
}

}  // namespace millrace::observe
