// Pages are not served: this is what `build`, `dev` and `routes` tell a user whose project has some.
#pragma once

#include <string>
#include <vector>

namespace millrace::serving {

/// Returns "3 pages are not served yet: app/page.tsx, …", with what to do about it; empty where
/// `files` is.
[[nodiscard]] std::string pages_note(const std::vector<std::string>& files);

}  // namespace millrace::serving
