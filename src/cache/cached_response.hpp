// CachedResponse is the response of a static GET in the cache: made by a worker in response to a
// `fill`, or by the build, with its lifetime and tags.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cache/lifetime.hpp"
#include "cache/tag_marks.hpp"

namespace millrace::cache {

/// What `x-nextjs-cache` says to those who have waited for a response.
enum class FillState : std::uint8_t {
  miss,
  /// The worker had it, and did not have to make it anew.
  hit,
  /// Nothing, to nobody: the response says itself what caches may do with it.
  unnamed,
};

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
  /// What the rest of a partially prerendered page is rendered with; empty where `body` is all.
  std::string postponed;
  FillState state = FillState::miss;
  /// How old it was when the worker handed it over.
  std::chrono::milliseconds age{0};

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
