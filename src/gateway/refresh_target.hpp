// Finds which cached response a handler means that makes a path anew, with res.revalidate() or
// revalidatePath(): what a request for that path would get.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "gateway/response_cache.hpp"

namespace millrace::gateway {

struct Site;

struct RefreshTarget {
  enum class Kind : std::uint8_t {
    /// `target` is cached.
    cached,
    /// Something responds, and its response is not cached; or it depends on the middleware.
    uncached,
    /// Nothing responds.
    missing,
  };
  Kind kind = Kind::missing;
  StaticTarget target = {};
};

/// Finds what responds at a path, with basePath and locale as in a request's target. The middleware
/// is not run: it counts as letting the request pass.
[[nodiscard]] RefreshTarget find_refresh_target(const std::shared_ptr<const Site>& site,
                                                std::string_view path);

}  // namespace millrace::gateway
