// Parses env files as Next.js does: the format of the dotenv package and the expansion of
// dotenv-expand, in the versions that @next/env bundles. A table of cases in the tests compares
// both with it. Pure: accesses no file and no process environment.
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

/// Returns the entries of an env file's text, unexpanded. A repeated name keeps its first position
/// and its last value; names that are integers come first, as in a JavaScript object. Lines that
/// match no pattern are ignored, as by dotenv: there are no errors.
[[nodiscard]] std::vector<DotenvEntry> parse_dotenv(std::string_view text);

/// Replaces $NAME, ${NAME} and ${NAME:-default} in each value, and "\$" by "$". A name is looked up
/// in `environment`; then its default is used, then the entry of this file. An entry that
/// `environment` already has takes that value. All entries are added to `environment`, so files are
/// expanded in order of precedence with the same `environment`. Error: invalid, where a value
/// refers to itself endlessly or grows beyond 128 KiB.
[[nodiscard]] base::Result<void> expand_dotenv(std::vector<DotenvEntry>& entries,
                                               Variables& environment);

}  // namespace millrace::project
