// Pulse judges from frames alone whether a worker's event loop turns. A request without a prompt
// response proves nothing, because handlers wait for databases; a ping without a pong does.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "net/timer.hpp"

namespace millrace::workers {

/// Gets the time only as an argument. Belongs to the loop's thread.
class Pulse {
 public:
  enum class State : std::uint8_t {
    /// A frame has arrived since the last request, or the request was sent just now.
    lively,
    /// A request was sent a while ago and no frame has arrived since: ping the worker.
    quiet,
    /// A ping is pending.
    suspect,
    /// The ping has been pending for longer than a turning event loop needs to respond.
    unresponsive,
  };

  static constexpr std::chrono::milliseconds kQuietAfter{10};
  static constexpr std::chrono::milliseconds kUnresponsiveAfter{20};

  /// A frame that needs a response has been sent.
  void request_sent(net::Clock::time_point now) {
    if (!request_sent_at_) request_sent_at_ = now;
  }

  /// A ping has been sent.
  void pinged(net::Clock::time_point now) {
    if (!pinged_at_) pinged_at_ = now;
  }

  /// A frame of any kind has arrived. Returns true if state() had reported unresponsive.
  bool frame_received() {
    request_sent_at_.reset();
    pinged_at_.reset();
    return std::exchange(given_up_, false);
  }

  [[nodiscard]] State state(net::Clock::time_point now) {
    if (pinged_at_) {
      if (now - *pinged_at_ < kUnresponsiveAfter) return State::suspect;
      given_up_ = true;
      return State::unresponsive;
    }
    return request_sent_at_ && now - *request_sent_at_ >= kQuietAfter ? State::quiet
                                                                      : State::lively;
  }

  /// Returns since when a ping has been pending.
  [[nodiscard]] std::optional<net::Clock::time_point> pinged_at() const { return pinged_at_; }

 private:
  std::optional<net::Clock::time_point> request_sent_at_;
  std::optional<net::Clock::time_point> pinged_at_;
  bool given_up_ = false;
};

}  // namespace millrace::workers
