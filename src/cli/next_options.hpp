// What `next dev`, `next build` and `next start` take and Millrace has no use for. Scripts of projects
// have such options, so they are accepted, and the user is told what becomes of them.
#pragma once

#include <string>
#include <vector>

namespace millrace::cli {

struct CommandLine {
  /// Without the program's name and without those options.
  std::vector<std::string> words;
  /// A line for each that was passed over.
  std::vector<std::string> notes;
};

/// Takes Next.js's options out, and puts `help dev` as `dev --help`. `help config` stays, a command
/// of its own.
[[nodiscard]] CommandLine without_next_options(std::vector<std::string> words);

}  // namespace millrace::cli
