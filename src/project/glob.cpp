#include "project/glob.hpp"

#include <algorithm>
#include <vector>

#include "project/route.hpp"

namespace millrace::project {

namespace {

using Segments = std::vector<std::string_view>;

bool segment_matches(std::string_view glob, std::string_view text) {
  // The last `*` and where its match ends: greedy matching with one position to backtrack to.
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  std::size_t g = 0;
  std::size_t t = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      taken = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return std::all_of(glob.begin() + static_cast<std::ptrdiff_t>(g), glob.end(),
                     [](char c) { return c == '*'; });
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view path) {
  const Segments globs = segments_of(glob);
  const Segments segments = segments_of(path);
  // The same algorithm for segments.
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;
  std::size_t g = 0;
  std::size_t s = 0;
  while (s < segments.size()) {
    if (g < globs.size() && globs[g] == "**") {
      star = g++;
      taken = s;
    } else if (g < globs.size() && segment_matches(globs[g], segments[s])) {
      ++g;
      ++s;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      s = ++taken;
    } else {
      return false;
    }
  }
  return std::all_of(globs.begin() + static_cast<std::ptrdiff_t>(g), globs.end(),
                     [](std::string_view segment) { return segment == "**"; });
}

}  // namespace millrace::project
