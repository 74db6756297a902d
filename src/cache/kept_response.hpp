// KeptResponse is the answer of a static GET as it lies in the cache: what a worker has answered to a
// `fill`, or a build has left, together with how long it may be served.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cache/lifetime.hpp"
#include "cache/tag_marks.hpp"

namespace millrace::cache {

struct KeptResponse {
  std::uint16_t status = 200;
  /// Field lines, without those that are for the server alone.
  std::string fields;
  std::string body;
  Lifetime lifetime;
  std::vector<std::string> tags;
  /// Lifetimes count from then on.
  Clock::time_point made;
  /// Tags revalidated after that count.
  Clock::time_point begun;
  /// False: for whoever asked, and nobody after.
  bool keep = false;
  /// The handler has made it; false for the answer to its failure.
  bool evaluated = false;

  /// What Next.js says in Cache-Control of such an answer.
  [[nodiscard]] std::string cache_control() const;
  /// What it costs to keep, in bytes, about.
  [[nodiscard]] std::size_t bytes() const;
};

using SharedResponse = std::shared_ptr<const KeptResponse>;

/// An answer to a `fill` (protocol/link.md): reads its `x-millrace-…` fields and leaves them out. One
/// without them is not to be kept.
[[nodiscard]] KeptResponse read_fill(std::uint16_t status, std::string_view fields,
                                     std::string body);

}  // namespace millrace::cache
