// Options of `next dev`, `next build` and `next start` that have no effect in Millrace. Scripts of
// projects contain them, so they are accepted with a note.
#pragma once

#include <string>
#include <vector>

namespace millrace::cli {

struct CommandLine {
  /// The arguments without the program's name and without those options.
  std::vector<std::string> words;
  /// A line for each option that was ignored.
  std::vector<std::string> notes;
};

/// Removes Next.js's options, and changes `help dev` to `dev --help`. `help config` stays, since it
/// is a command of its own.
[[nodiscard]] CommandLine without_next_options(std::vector<std::string> words);

}  // namespace millrace::cli
