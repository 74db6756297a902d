// The engines that compile routes; docs/engines.md describes them.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::project {

/// The engine that compiles a route.
enum class Engine : std::uint8_t {
  /// `light` where all syntax in the route's modules is supported exactly, else `next`.
  automatic,
  /// Millrace's own compilation.
  light,
  /// The project's own `next build`, through its adapter API.
  next,
};

/// Returns "auto", "light" or "next", as in millrace.toml.
[[nodiscard]] constexpr std::string_view to_string(Engine engine) {
  switch (engine) {
    case Engine::light:
      return "light";
    case Engine::next:
      return "next";
    case Engine::automatic:
      break;
  }
  return "auto";
}

}  // namespace millrace::project
