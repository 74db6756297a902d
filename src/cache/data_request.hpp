// The data cache's questions as they come over the link (protocol/link.md, "The data cache"), put
// to a DataStore. Pure: JSON in, JSON out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/data_store.hpp"

namespace millrace::cache {

/// The answer's JSON; one with "error" where the question's members are wrong. Nothing where
/// `request` is no JSON object with a number "id": nobody could be answered then.
[[nodiscard]] std::optional<std::string> answer_request(DataStore& store, std::string_view request,
                                                        Clock::time_point now);

}  // namespace millrace::cache
