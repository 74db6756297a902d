// Describes how a build's routes are served, for the tables of `millrace build`, `routes` and
// `doctor`: which engine compiled a route, whether its responses come from the cache or from
// workers, and from which pool.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "project/manifest.hpp"
#include "project/settings.hpp"

namespace millrace::serving {

/// Where the response of a route's `GET` comes from.
enum class Delivery : std::uint8_t {
  /// From the cache: one response that was made at build time.
  fixed,
  /// From the cache: responses for the paths that were known at build time, and for others as soon
  /// as they have been rendered.
  prerendered,
  /// The same, with responses that are revalidated after a time.
  revalidated,
  /// The shell from the cache, the rest from a worker.
  shell,
  /// From a worker, for each request.
  dynamic,
  /// From a worker, in the edge runtime.
  edge,
  /// From a worker that optimises images, and from the cache of images.
  image,
};

/// Next.js's words: "static", "prerendered", "ISR", "PPR", "dynamic", "edge", "image".
[[nodiscard]] std::string_view to_string(Delivery delivery);

struct RouteFacts {
  Delivery delivery = Delivery::dynamic;
  /// After which time the first of the responses is revalidated; only for `revalidated` and `shell`.
  std::optional<std::chrono::seconds> revalidate;
  /// Whether the page has server actions, which workers run.
  bool has_actions = false;
  /// "light", "next" or "C++".
  std::string_view engine;
  /// The pool's name as in millrace.toml; "images" for the pool that the image optimiser gets.
  std::string pool;

  /// Returns "ISR 60 s", "dynamic, actions".
  [[nodiscard]] std::string served() const;
};

/// Returns the facts of each route of the manifest, in its order.
[[nodiscard]] std::vector<RouteFacts> facts_of_routes(const project::Settings& settings,
                                                      const project::Manifest& manifest);

/// Returns the number of the build's route for a route or page that was discovered: the one with its
/// path and file; nothing if the build has none.
[[nodiscard]] std::optional<std::size_t> built_route(const project::Manifest& manifest,
                                                     const project::Route& found);

}  // namespace millrace::serving
