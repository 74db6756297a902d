// KeySet is what JwksCache keeps between requests: the keys, when they came, and the one fetch that
// is under way, which no request owns, so that none can end it by going away.
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
  enum class Want { nothing, wait, fetch };

  /// What somebody has to do who looks for the key `kid` (empty: any): take the keys that there are,
  /// wait for the fetch that is under way (then `wakeup` is woken), or begin one.
  [[nodiscard]] Want want(std::string_view kid, Clock::time_point now,
                          const std::shared_ptr<detail::Wakeup>& wakeup);

  /// The end of a fetch: the set's text, or why there is none.
  void fetched(std::string_view text, std::exception_ptr problem, Clock::time_point now);

  /// The keys. Rethrows the last fetch's problem where there are none.
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
