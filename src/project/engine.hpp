// The engines that compile routes; docs/engines.md has what each is for.
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::project {

/// What compiles a route.
enum class Engine : std::uint8_t {
  /// `light` where everything in the route's modules is known to be exact, else `next`.
  automatic,
  /// Millrace's own compilation.
  light,
  /// The project's own `next build`, through its adapter API.
  next,
};

/// Returns "auto", "light" or "next", as millrace.toml writes it.
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
