// Writes a request's record as a line of the access log.
#pragma once

#include <chrono>
#include <string>

#include "observe/log_settings.hpp"
#include "observe/request_record.hpp"
#include "observe/secret_mask.hpp"

namespace millrace::observe {

/// Keeps the text of the current second, so that a line costs no calendar arithmetic. Belongs to one
/// thread.
class AccessClock {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// Appends "2026-11-30T22:41:37.042Z".
  void append_iso(std::string& to, Time time);
  /// Appends "30/Nov/2026:22:41:37 +0000".
  void append_common(std::string& to, Time time);

 private:
  void set(Time time);

  std::chrono::sys_seconds second_{std::chrono::seconds(-1)};
  std::string iso_;
  std::string common_;
};

/// Appends a line with its newline. `format` is not AccessFormat::off.
void append_access_line(std::string& to, AccessFormat format, const RequestRecord& record,
                        const SecretMask& mask, AccessClock& clock, AccessClock::Time time);

}  // namespace millrace::observe
