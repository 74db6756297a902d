// Pages are not served yet: `build`, `dev` and `routes` show this note if a project has some.
#pragma once

#include <string>
#include <vector>

namespace millrace::serving {

/// Returns "3 pages are not served yet: app/page.tsx, …", with what to do about it; empty if
/// `files` is empty.
[[nodiscard]] std::string pages_note(const std::vector<std::string>& files);

}  // namespace millrace::serving
