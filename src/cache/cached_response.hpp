// CachedResponse is the response of a static GET in the cache: made by a worker in response to a
// `fill`, or by the build, with its lifetime and tags.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cache/lifetime.hpp"
#include "cache/tag_marks.hpp"

namespace millrace::cache {

struct CachedResponse {
  std::uint16_t status = 200;
  /// Field lines, without those for the server itself.
  std::string fields;
  std::string body;
  Lifetime lifetime;
  std::vector<std::string> tags;
  /// The time from which lifetimes count.
  Clock::time_point made;
  /// Revalidations of tags after this time apply.
  Clock::time_point begun;
  /// Whether it is stored; otherwise it is sent only to the clients that wait for it.
  bool keep = false;
  /// Whether the handler made it; false for the error response after a failure of the handler.
  bool evaluated = false;

  /// Returns the Cache-Control that Next.js sends with such a response.
  [[nodiscard]] std::string cache_control() const;
  /// Returns its approximate memory in bytes.
  [[nodiscard]] std::size_t bytes() const;
};

using SharedResponse = std::shared_ptr<const CachedResponse>;

/// Makes a CachedResponse from the response to a `fill` (protocol/link.md): reads its `x-millrace-…`
/// fields and removes them. A response without them is not stored.
[[nodiscard]] CachedResponse read_fill(std::uint16_t status, std::string_view fields,
                                       std::string body);

}  // namespace millrace::cache
