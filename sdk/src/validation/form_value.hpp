// Converts the names and texts of a form or a query to the JSON value that a type is read from.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <utility>
#include <vector>

#include "millrace/detail/read_type.hpp"

namespace millrace::detail {

/// Texts are converted to numbers and booleans where `type` has such members. A text that is not a
/// number becomes NaN, which zod reports too.
[[nodiscard]] boost::json::value form_value(
    const std::vector<std::pair<std::string, std::string>>& entries, const Type& type);

}  // namespace millrace::detail
