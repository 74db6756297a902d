// KeySet is the state that JwksCache keeps between requests: the keys, the time of their fetch, and
// the fetch in progress. No request owns the fetch, so that none can end it by disconnecting.
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/jwks.hpp"
#include "process/wakeup.hpp"

namespace millrace {

/// Any thread.
class JwksCache::KeySet {
 public:
  enum class Action { nothing, wait, fetch };

  /// Returns what a caller that needs the key `kid` (empty: any) must do: use the present keys,
  /// wait for the fetch in progress (which notifies `wakeup`), or start one.
  [[nodiscard]] Action next_action(std::string_view kid, Clock::time_point now,
                                   const std::shared_ptr<detail::Wakeup>& wakeup);

  /// Ends a fetch with the text of the set, or with the reason for its failure.
  void fetched(std::string_view text, std::exception_ptr problem, Clock::time_point now);

  /// The keys. Rethrows the exception of the last fetch where there are none.
  [[nodiscard]] std::vector<VerificationKey> keys() const;

 private:
  mutable std::mutex mutex_;
  std::vector<VerificationKey> keys_;
  std::exception_ptr problem_;
  std::optional<Clock::time_point> fetched_at_;
  std::optional<Clock::time_point> tried_at_;
  bool fetching_ = false;
  std::vector<std::weak_ptr<detail::Wakeup>> waiting_;
};

}  // namespace millrace
