// JwksCache keeps the keys that an identity provider publishes (RFC 7517), so that its tokens can be
// verified without asking it for each.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/jwt.hpp"
#include "millrace/task.hpp"

namespace millrace {

/// Make one with shared<JwksCache>(…): it is for all threads.
class JwksCache {
 public:
  using Clock = std::chrono::steady_clock;
  /// Gives the text of the key set at a URL; throws where there is none.
  using Fetch = std::function<Task<std::string>(std::string url)>;

  /// Fetches with millrace::fetch().
  explicit JwksCache(std::string url);
  JwksCache(std::string url, Fetch fetch, std::function<Clock::time_point()> now = Clock::now);

  /// Verifies a token by the set's keys. The set is fetched when it is older than ten minutes, and
  /// when a token names a key that it lacks, then at most every thirty seconds. Where it cannot be
  /// fetched the keys at hand count on. Throws what the fetch throws where there are none at all.
  [[nodiscard]] Task<VerifiedJwt> verify(std::string token, JwtRules rules);

 private:
  struct State;
  [[nodiscard]] Task<std::vector<VerificationKey>> keys_for(std::string kid);

  std::string url_;
  Fetch fetch_;
  std::function<Clock::time_point()> now_;
  std::shared_ptr<State> state_;
};

}  // namespace millrace
