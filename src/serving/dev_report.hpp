// Logs the builds of a development server: warnings and notes once each, how long the first build
// took, then what each save has built.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "dev/project_builder.hpp"
#include "observe/log.hpp"

namespace millrace::serving {

/// Belongs to one thread. `log` must outlive it.
class DevReport {
 public:
  /// `root` is the project's folder.
  DevReport(std::filesystem::path root, observe::Log& log) : root_(std::move(root)), log_(log) {}

  /// A build begins, if none is in progress. `native_only`: only sources in C++ have changed.
  void rebuild_begins(bool native_only);
  void built(const dev::BuiltProject& built);
  /// Routes have been compiled that requests had asked for.
  void compiled(const dev::BuiltProject& built);
  /// A worker has loaded the newest build, or could not.
  void loaded(std::string_view failure);
  void failed(const std::string& text);

 private:
  using Clock = std::chrono::steady_clock;

  void log_once(observe::Level level, const std::string& text);
  void log_findings(const dev::BuiltProject& built);
  void log_built(const dev::BuiltProject& built);
  void log_memory_state(const project::Manifest& manifest);
  void log_pages(const dev::BuiltProject& built);
  /// Logs that the server is ready; only the first call has an effect.
  void log_ready(std::size_t errors);

  std::filesystem::path root_;
  observe::Log& log_;
  Clock::time_point began_ = Clock::now();
  Clock::time_point build_began_ = began_;
  std::set<std::string> logged_;
  bool ready_ = false;
  /// The errors of the first build, once there is one that workers load.
  std::optional<std::size_t> first_errors_;
  bool rebuilding_ = false;
};

}  // namespace millrace::serving
