// Describes a shared object for the build: the methods that it exports and its options.
#pragma once

#include <filesystem>

namespace millrace::native {

/// Loads the object and prints a line of JSON: {"methods": […], "options": {…}, "matcher": […]}, or
/// {"error": text}. What the object itself prints goes to standard error. Returns the process's
/// exit code.
[[nodiscard]] int describe(const std::filesystem::path& object);

}  // namespace millrace::native
