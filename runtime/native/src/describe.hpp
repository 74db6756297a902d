// What the build asks of an object it has made: which methods it exports and what its options say.
#pragma once

#include <filesystem>

namespace millrace::native {

/// Loads the object and prints a line of JSON: {"methods": […], "options": {…}, "matcher": […]}, or
/// {"error": text}. What the object itself prints goes where errors go. The process's exit code.
[[nodiscard]] int describe(const std::filesystem::path& object);

}  // namespace millrace::native
