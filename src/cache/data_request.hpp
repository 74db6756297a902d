// Executes the data cache requests of workers (protocol/link.md, "The data cache") on a DataStore.
// Pure: JSON in, JSON out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cache/data_store.hpp"

namespace millrace::cache {

/// A request to renew the cached response of a path, which the response cache executes.
struct RefreshRequest {
  /// JSON.
  std::string id;
  std::string path;
  /// Do nothing unless a response is stored.
  bool only_kept = false;
};

struct DataReply {
  /// The reply as JSON; it has "error" where members of the request are invalid. Empty for a
  /// refresh.
  std::string text;
  std::optional<RefreshRequest> refresh;
  /// What a request for a value has found; nothing for other requests.
  std::optional<Freshness> found = std::nullopt;
};

/// Returns the JSON reply to a refresh that ended with this response status.
[[nodiscard]] std::string refresh_reply(const RefreshRequest& request, int status);

/// Executes a request. `current`: whether it comes from the build that the server serves; others
/// neither find nor add entries. Returns nothing where `request` is not a JSON object with a number
/// "id", since no reply can be addressed then.
[[nodiscard]] std::optional<DataReply> handle_request(DataStore& store, std::string_view request,
                                                      Clock::time_point now, bool current = true);

}  // namespace millrace::cache
