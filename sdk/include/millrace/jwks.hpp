// JwksCache caches the keys that an identity provider publishes (a JSON Web Key Set, RFC 7517), so
// that tokens are verified without a request to the provider for each.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "millrace/jwt.hpp"
#include "millrace/task.hpp"

namespace millrace {

/// A cache for all threads: create one with shared<JwksCache>(…).
class JwksCache {
 public:
  using Clock = std::chrono::steady_clock;
  /// Returns the text of the key set at a URL; throws where there is none.
  using Fetch = std::function<Task<std::string>(std::string url)>;

  /// Fetches with millrace::fetch(). The response must have status 200; redirects are not followed.
  explicit JwksCache(std::string url);
  JwksCache(std::string url, Fetch fetch, std::function<Clock::time_point()> now = Clock::now);

  /// Verifies a token by the keys of the set. The set is fetched when it is older than ten minutes,
  /// and when a token names a key that it lacks, then at most every thirty seconds (every two where
  /// there are no keys at all). All callers that need it wait for one fetch. Where the fetch fails
  /// or returns no key, the cached keys stay valid. Throws what the fetch threw where there are no
  /// cached keys.
  [[nodiscard]] Task<VerifiedJwt> verify(std::string token, JwtRules rules = JwtRules());

 private:
  class KeySet;
  static Task<void> refresh(std::shared_ptr<KeySet> set, Fetch fetch, std::string url,
                            Clock::time_point now);

  std::string url_;
  Fetch fetch_;
  std::function<Clock::time_point()> now_;
  std::shared_ptr<KeySet> set_;
};

}  // namespace millrace
