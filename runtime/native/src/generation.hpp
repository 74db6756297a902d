// Generation is the routes of one build by the server's numbers, with the code of the native ones,
// each loaded when it is first called.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "millrace/params.hpp"
#include "project/manifest.hpp"
#include "route_object.hpp"

namespace millrace::native {

/// What kind of handler a route has.
enum class RouteKind : std::uint8_t { app, pages, middleware };

/// One route. Any thread.
class NativeRoute {
 public:
  NativeRoute(RouteKind kind, std::string path, std::string file, std::filesystem::path module,
              std::vector<Segment> segments)
      : kind_(kind),
        path_(std::move(path)),
        file_(std::move(file)),
        module_(std::move(module)),
        segments_(std::move(segments)) {}

  /// Returns its code, which the first call loads. Error: the reason why it cannot be loaded.
  [[nodiscard]] const base::Result<RouteObject>& code();

  /// Returns the handler of a method; null if there is none. Only after code() has succeeded.
  [[nodiscard]] const detail::MethodEntry* handler(std::string_view method) const;

  /// Returns whether the route is compiled: in development, a file that does not compile leaves the
  /// compiler's output in place of an object.
  [[nodiscard]] bool is_compiled() const { return module_.extension() != ".txt"; }

  [[nodiscard]] RouteKind kind() const { return kind_; }
  /// "/api/users/[id]".
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Relative to the project.
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }
  [[nodiscard]] const RouteOptions& options() const { return options_; }

  /// What the route has used since the last sample.
  struct Usage {
    std::atomic<std::uint64_t> invocations{0};
    std::atomic<std::uint64_t> cpu_ns{0};
  };
  Usage usage;
  /// How many more calls the route counts as slow; see MeasuredRun.
  std::atomic<int> slow_calls{0};

 private:
  [[nodiscard]] base::Result<RouteObject> load();

  RouteKind kind_;
  std::string path_;
  std::string file_;
  std::filesystem::path module_;
  std::vector<Segment> segments_;
  std::once_flag loaded_;
  std::optional<base::Result<RouteObject>> code_;
  RouteOptions options_;
};

class Generation {
 public:
  /// Reads the manifest. Error: it cannot be read.
  [[nodiscard]] static base::Result<std::shared_ptr<Generation>> read(
      std::uint32_t number, const std::filesystem::path& manifest);

  /// Returns the route with that number; null if it is not native.
  [[nodiscard]] NativeRoute* route(std::uint32_t number) const {
    return number < routes_.size() ? routes_[number].get() : nullptr;
  }

  [[nodiscard]] const std::vector<std::unique_ptr<NativeRoute>>& routes() const { return routes_; }
  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] bool development() const { return development_; }
  [[nodiscard]] const std::string& base_path() const { return base_path_; }
  /// The server's port from the environment; 0 if unknown.
  [[nodiscard]] std::uint16_t server_port() const { return server_port_; }

  /// Loads the routes with those numbers, or all. Returns a line with the reason for each route
  /// that cannot be loaded; empty if all can.
  [[nodiscard]] std::string load_all(
      const std::optional<std::vector<std::uint32_t>>& numbers = std::nullopt) const;

 private:
  std::uint32_t number_ = 0;
  bool development_ = false;
  std::string base_path_;
  std::uint16_t server_port_ = 0;
  /// By number; null for routes that are not native.
  std::vector<std::unique_ptr<NativeRoute>> routes_;
};

}  // namespace millrace::native
