// The data cache's questions as they come over the link (protocol/link.md, "The data cache"), put
// to a DataStore. Pure: JSON in, JSON out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/data_store.hpp"

namespace millrace::cache {

/// The question to have a path's answer made anew; whoever keeps answers of routes answers it.
struct RefreshRequest {
  /// JSON.
  std::string id;
  std::string path;
  /// Only where there is an answer already.
  bool only_kept = false;
};

struct DataAnswer {
  /// The answer's JSON; one with "error" where the question's members are wrong. Empty for a refresh.
  std::string text;
  std::optional<RefreshRequest> refresh;
};

/// The JSON that answers a refresh with the status that the path is answered with.
[[nodiscard]] std::string refresh_answer(const RefreshRequest& request, int status);

/// Nothing where `request` is no JSON object with a number "id": nobody could be answered then.
[[nodiscard]] std::optional<DataAnswer> answer_request(DataStore& store, std::string_view request,
                                                       Clock::time_point now, bool current = true);

}  // namespace millrace::cache
