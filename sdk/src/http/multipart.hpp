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

/// Owns the bytes that the values of a form point into. Both containers keep their strings in
/// place.
struct FormStorage {
  std::string body;
  /// Values that had to be decoded or repaired.
  std::deque<std::string> repaired;
};

/// Parses `storage.body`. The values of the entries point into `storage`; parts in base64 are
/// decoded in place. None where the body is malformed or has more than `max_entries` parts.
[[nodiscard]] std::optional<std::vector<FormEntry>> parse_multipart(FormStorage& storage,
                                                                    std::string_view boundary,
                                                                    std::size_t max_entries);

}  // namespace millrace
