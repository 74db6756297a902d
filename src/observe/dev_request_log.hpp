// DevRequestLog shows a developer what the server does: one line for each request, in colour on a
// terminal, and what a handler prints under the request that it belongs to.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "observe/log.hpp"
#include "observe/request_record.hpp"
#include "observe/secret_mask.hpp"

namespace millrace::observe {

/// Belongs to the loop's thread.
class DevRequestLog final : public RequestObserver {
 public:
  /// Requests that take longer are marked as slow.
  static constexpr std::chrono::milliseconds kSlow{1000};

  /// `log` outlives it. `mask`: see LogSettings::mask.
  DevRequestLog(Log& log, SecretMask mask) : log_(log), mask_(std::move(mask)) {}

  void on_request_over(const RequestRecord& record) override;

  /// A handler has logged a line: writes it under its request.
  void on_line(Level level, std::string_view text, const LoggedRequest& request);

  /// A line that belongs to no request is about to be written.
  void interrupt() { shown_.clear(); }

 private:
  Log& log_;
  SecretMask mask_;
  /// The request whose lines were written last, "GET /api/users"; empty where other lines followed.
  std::string shown_;
};

/// Returns the line for a request, without colours where `in_colour` is false.
[[nodiscard]] std::string dev_request_line(const RequestRecord& record, const SecretMask& mask,
                                           bool in_colour);

}  // namespace millrace::observe
