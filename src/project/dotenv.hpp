// Env files as Next.js reads them: the format of the dotenv package and the expansion of
// dotenv-expand, in the versions that @next/env bundles. Both are held against it by a table in the
// tests. Pure: no file and no process environment is touched.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millrace::project {

using Variables = std::map<std::string, std::string, std::less<>>;

struct DotenvEntry {
  std::string name;
  std::string value;

  bool operator==(const DotenvEntry&) const = default;
};

/// The entries of an env file's text, unexpanded. A name given twice keeps its first place and its
/// last value; names that are whole numbers come first, as in a JavaScript object. Lines that fit
/// no pattern are passed over, as dotenv does: nothing fails.
[[nodiscard]] std::vector<DotenvEntry> parse_dotenv(std::string_view text);

/// Replaces $NAME, ${NAME} and ${NAME:-default} in each value, and "\$" by "$". A name is looked up
/// in `environment`, then its default is taken, then the entry of this file. An entry that
/// `environment` has already takes that value. Entries are put into `environment` in the end, so
/// files are expanded in order of precedence with one `environment`. Error: invalid, when a value
/// refers to itself without end, or grows beyond 128 KiB.
[[nodiscard]] base::Result<void> expand_dotenv(std::vector<DotenvEntry>& entries,
                                               Variables& environment);

}  // namespace millrace::project
