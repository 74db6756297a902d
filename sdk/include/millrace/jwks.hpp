// JwksCache keeps the keys that an identity provider publishes (RFC 7517), so that its tokens can be
// verified without asking it for each.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "millrace/jwt.hpp"
#include "millrace/task.hpp"

namespace millrace {

/// Make one with shared<JwksCache>(…): it is for all threads.
class JwksCache {
 public:
  using Clock = std::chrono::steady_clock;
  /// Gives the text of the key set at a URL; throws where there is none.
  using Fetch = std::function<Task<std::string>(std::string url)>;

  /// Fetches with millrace::fetch(); the answer has to be a 200, redirects are not followed.
  explicit JwksCache(std::string url);
  JwksCache(std::string url, Fetch fetch, std::function<Clock::time_point()> now = Clock::now);

  /// Verifies a token by the set's keys. The set is fetched when it is older than ten minutes, and
  /// when a token names a key that it lacks, then at most every thirty seconds (every two where there
  /// are no keys at all); all who need it wait for one fetch. Where it cannot be fetched, or holds no
  /// key, the keys at hand count on. Throws what the fetch threw where there are none at all.
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
