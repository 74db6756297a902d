// ServerClock provides the time at a resolution of one second: seconds for limits, and the value of
// the Date field.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "http/date.hpp"
#include "net/timer.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread.
class ServerClock {
 public:
  ServerClock() : began_(net::Clock::now()) { refresh(); }

  void refresh() {
    now_ = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(net::Clock::now() - began_).count());
    date_ = http::format_http_date(std::time(nullptr));
  }

  /// Seconds since construction.
  [[nodiscard]] std::uint32_t now() const { return now_; }
  /// As of the last refresh().
  [[nodiscard]] std::string_view date() const { return date_; }

 private:
  net::Clock::time_point began_;
  std::uint32_t now_ = 0;
  std::string date_;
};

}  // namespace millrace::gateway
