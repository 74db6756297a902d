#include "serving/pages_note.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace millrace::serving {

namespace {

/// How many files the note names.
constexpr std::size_t kNamedPages = 3;

}  // namespace

std::string pages_note(const std::vector<std::string>& files) {
  if (files.empty()) return {};
  const auto named = std::min(kNamedPages, files.size());
  return fmt::format(
      "{} not served: {}{}. Pages are served if Next.js 16.2 or newer is installed in the project "
      "(docs/whole-app.md).",
      files.size() == 1 ? "1 page is" : fmt::format("{} pages are", files.size()),
      fmt::join(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(named), ", "),
      named < files.size() ? ", \u2026" : "");
}

}  // namespace millrace::serving
