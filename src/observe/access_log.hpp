// AccessLog writes a line for each request. Lines are collected in memory and handed to a writing
// thread in batches, so that a request costs no system call, and a slow disk or reader costs lines
// but never delays a response.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/line_writer.hpp"
#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "observe/access_line.hpp"
#include "observe/log.hpp"
#include "observe/log_file.hpp"
#include "observe/log_settings.hpp"
#include "observe/request_record.hpp"

namespace millrace::observe {

/// Belongs to the loop's thread.
class AccessLog final : public RequestObserver {
 public:
  /// Lines wait at most this long before they are handed to the writing thread.
  static constexpr std::chrono::milliseconds kDelay{50};
  /// A batch of this size is handed over at once.
  static constexpr std::size_t kBatch = 64 * 1024;
  /// The most bytes that wait for a log file; those for standard output share its bound
  /// (base::StandardOutput). Beyond that, lines are dropped.
  static constexpr std::size_t kMostWaiting = 4 * 1024 * 1024;

  /// How often lost lines are logged.
  static constexpr std::chrono::milliseconds kReportInterval{1000};

  /// Loop and log outlive it. Writes nothing until configure() is called.
  AccessLog(net::EventLoop& loop, Log& log);
  ~AccessLog() override;

  /// Applies settings from now on. Where the file cannot be opened, nothing changes.
  [[nodiscard]] base::Result<void> configure(const LogSettings& settings);

  /// Opens the log file anew, if there is one.
  [[nodiscard]] base::Result<void> reopen();

  void on_request_over(const RequestRecord& record) override;

  /// Hands over what has been collected.
  void flush();

 private:
  /// Returns false where there is no room.
  [[nodiscard]] bool offer(std::string_view lines);
  /// Logs what was lost, at most once in kReportInterval.
  void report();
  void set_timer(std::chrono::milliseconds delay);

  Log& log_;
  AccessFormat format_ = AccessFormat::off;
  SecretMask mask_;
  AccessClock clock_;
  /// Shared with the writer's thread; null for standard output, like the writer.
  std::shared_ptr<LogFile> file_;
  std::unique_ptr<base::LineWriter> writer_;
  std::string batch_;
  std::uint64_t lines_ = 0;
  std::uint64_t dropped_ = 0;
  /// When lost lines were last logged.
  net::Clock::time_point reported_{};
  bool timer_set_ = false;
  net::Timer timer_;
};

}  // namespace millrace::observe
