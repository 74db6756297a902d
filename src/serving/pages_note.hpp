// The note of `build`, `dev` and `routes` about pages that are not served.
#pragma once

#include <string>
#include <vector>

namespace millrace::serving {

/// Returns "3 pages are not served: app/page.tsx, …", with what to do about it; empty if
/// `files` is empty.
[[nodiscard]] std::string pages_note(const std::vector<std::string>& files);

}  // namespace millrace::serving
