// The errors of a parse as text, for comparison.
#pragma once

#include <string>

#include "millrace/json.hpp"
#include "millrace/validation.hpp"

namespace millrace::test {

/// Returns what flatten() gives, as JSON.
template <class T>
[[nodiscard]] std::string flat(const Parsed<T>& parsed) {
  return to_json_text(parsed.errors().flatten());
}

}  // namespace millrace::test
