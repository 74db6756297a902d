// What `next dev`, `next build` and `next start` take and Millrace has no use for. Scripts of projects
// have such options, so they are accepted, and the user is told what becomes of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

struct CommandLine {
  /// Without the program's name and without those options.
  std::vector<std::string> words;
  /// A line for each that was passed over.
  std::vector<std::string> notes;
};

/// Takes Next.js's options out, and puts `help dev` as `dev --help`.
[[nodiscard]] CommandLine without_next_options(std::vector<std::string> words);

/// The candidate that a mistyped word is likely meant to be; empty where none is near.
[[nodiscard]] std::string nearest(std::string_view word,
                                  const std::vector<std::string>& candidates);

}  // namespace millrace::cli
