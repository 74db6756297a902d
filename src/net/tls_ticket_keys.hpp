// TlsTicketKeys are the keys of session tickets (RFC 5077, RFC 8446 §4.6.1), with which a client
// resumes a session without a full handshake. They belong to the process, so that every loop accepts
// every loop's tickets, and can be passed on to the process that takes over.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/timer.hpp"

namespace millrace::net {

/// Any thread may call any member; readers see an immutable set of keys.
class TlsTicketKeys {
 public:
  /// How long a key encrypts new tickets. Whoever learns a key can read the sessions of the clients
  /// that resumed under it, so that no key outlives a few hours.
  static constexpr std::chrono::hours kRotation{4};
  /// The keys that are kept: one encrypts, and the ones before it decrypt the tickets made with
  /// them. The last of them is forgotten `kKept * kRotation` after it was made.
  static constexpr std::size_t kKept = 3;

  struct Key {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> hmac{};
  };
  /// The newest first; never empty.
  using Keys = std::vector<Key>;

  /// Makes a first key at random.
  TlsTicketKeys();

  [[nodiscard]] std::shared_ptr<const Keys> keys() const { return keys_.load(); }

  /// Makes a new key where the newest has served its time. Called by one thread.
  void rotate(Clock::time_point now);

  /// The keys as text, for a successor on this machine. Secret.
  [[nodiscard]] std::string to_text() const;
  /// Uses a predecessor's keys; they count as new. Returns false, and changes nothing, where `text`
  /// is not of to_text().
  [[nodiscard]] bool take(std::string_view text);

 private:
  std::atomic<std::shared_ptr<const Keys>> keys_;
  Clock::time_point made_ = Clock::now();
};

}  // namespace millrace::net
