// NoticeLog logs what the limits do to clients, each notice at most once a minute: a client that
// reaches a limit tends to do so repeatedly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "observe/log.hpp"

namespace millrace::gateway {

enum class Notice : std::uint8_t {
  client_full,
  full,
  descriptors,
  memory,
  file,
  unavailable,
  proxy_header
};
inline constexpr std::size_t kNotices = 7;

/// Belongs to the loop's thread. The log outlives it.
class NoticeLog {
 public:
  explicit NoticeLog(observe::Log& log) : log_(log) {}

  [[nodiscard]] observe::Log& log() { return log_; }

  /// Logs `text` as a warning unless the same notice was logged within a minute. `now`: seconds.
  void log_notice(Notice notice, std::string_view text, std::uint32_t now) {
    constexpr std::uint32_t kInterval = 60;
    std::uint32_t& at = given_[static_cast<std::size_t>(notice)];
    if (at != 0 && now + 1 - at < kInterval) return;
    at = now + 1;
    log_.log(observe::Level::warn, text);
  }

 private:
  observe::Log& log_;
  /// The time of each notice plus 1; 0 for never.
  std::array<std::uint32_t, kNotices> given_{};
};

}  // namespace millrace::gateway
