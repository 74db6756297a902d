// PrerenderedResponses are the responses of static GETs that the build made. Their heads are in
// memory; a body is read from its file on demand.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cache/cached_response.hpp"
#include "project/manifest.hpp"

namespace millrace::gateway {

/// Returns the cache key of a route's response. `parameters` are in canonical form
/// (routing::canonical_parameters); `variant` is that of a page, see page_variant(), and `locale` that of
/// a page of the Pages Router.
[[nodiscard]] std::string response_key(std::uint32_t route, std::string_view parameters,
                                       std::string_view variant = {}, std::string_view locale = {});

/// Immutable.
class PrerenderedResponses {
 public:
  PrerenderedResponses() = default;
  /// `folder`: the manifest's.
  PrerenderedResponses(const project::Manifest& manifest, std::filesystem::path folder);

  [[nodiscard]] bool has(std::string_view key) const {
    return responses_.find(std::string(key)) != responses_.end();
  }

  /// Returns the response, whose age is that of the build. Null where there is none, or its file
  /// cannot be read.
  [[nodiscard]] cache::SharedResponse read(std::string_view key) const;

 private:
  std::filesystem::path folder_;
  cache::Clock::time_point made_;
  std::unordered_map<std::string, project::Prerendered> responses_;
};

}  // namespace millrace::gateway
