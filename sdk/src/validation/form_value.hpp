// Makes of names and texts, as forms and queries have them, the JSON value that a type is read from.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <utility>
#include <vector>

#include "millrace/detail/read_type.hpp"

namespace millrace::detail {

/// Texts become numbers and booleans where `type` has such members; one that is no number becomes
/// NaN, of which zod, too, would speak.
[[nodiscard]] boost::json::value form_value(
    const std::vector<std::pair<std::string, std::string>>& entries, const Type& type);

}  // namespace millrace::detail
