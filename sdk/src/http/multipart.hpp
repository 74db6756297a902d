// The parser of multipart/form-data (RFC 7578), for parse_form_data().
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/form_data.hpp"

namespace millrace {

/// What the values of a form point into. Both containers leave their strings where they are.
struct FormStorage {
  std::string body;
  /// Values that could not be left as they came.
  std::deque<std::string> repaired;
};

/// The entries of `storage.body`, whose values point into `storage`; parts in base64 are decoded in
/// place. None where the body is malformed or has more than `max_entries` parts.
[[nodiscard]] std::optional<std::vector<FormEntry>> parse_multipart(FormStorage& storage,
                                                                    std::string_view boundary,
                                                                    std::size_t max_entries);

}  // namespace millrace
