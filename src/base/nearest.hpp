// Finds the word that was probably meant by a mistyped one, for "did you mean …?" in messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::base {

/// Returns the candidate that `word` was probably meant to be; empty where none is near.
[[nodiscard]] std::string nearest(std::string_view word,
                                  const std::vector<std::string>& candidates);

}  // namespace millrace::base
