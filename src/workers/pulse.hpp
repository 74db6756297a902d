// Pulse judges from frames alone whether a worker's event loop turns. What is asked of a worker and
// not answered at once proves nothing, since handlers wait for databases; a ping that stays
// unanswered does.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "net/timer.hpp"

namespace millrace::workers {

/// Knows time only as the argument. Belongs to the loop's thread.
class Pulse {
 public:
  enum class State : std::uint8_t {
    /// It was heard of since it was asked, or was asked just now.
    lively,
    /// It was asked a while ago and not heard of since: ping it.
    quiet,
    /// A ping is on its way.
    suspect,
    /// The ping has not been answered in a time in which a loop that turns answers.
    unresponsive,
  };

  static constexpr std::chrono::milliseconds kQuietAfter{10};
  static constexpr std::chrono::milliseconds kUnresponsiveAfter{20};

  /// A frame that wants an answer was sent.
  void asked(net::Clock::time_point now) {
    if (!asked_at_) asked_at_ = now;
  }

  /// A ping was sent.
  void pinged(net::Clock::time_point now) {
    if (!pinged_at_) pinged_at_ = now;
  }

  /// A frame came, of whatever kind. True where state() has said unresponsive.
  bool heard() {
    asked_at_.reset();
    pinged_at_.reset();
    return std::exchange(given_up_, false);
  }

  [[nodiscard]] State state(net::Clock::time_point now) {
    if (pinged_at_) {
      if (now - *pinged_at_ < kUnresponsiveAfter) return State::suspect;
      given_up_ = true;
      return State::unresponsive;
    }
    return asked_at_ && now - *asked_at_ >= kQuietAfter ? State::quiet : State::lively;
  }

  /// Since when a ping waits.
  [[nodiscard]] std::optional<net::Clock::time_point> pinged_at() const { return pinged_at_; }

 private:
  std::optional<net::Clock::time_point> asked_at_;
  std::optional<net::Clock::time_point> pinged_at_;
  bool given_up_ = false;
};

}  // namespace millrace::workers
