#include "session/key_set.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "session/key.hpp"

namespace millrace {

namespace {

constexpr std::chrono::minutes kLifetime{10};
constexpr std::chrono::seconds kBetweenTries{30};
/// Where there are no keys at all nobody can sign in: soon again, but not for each request.
constexpr std::chrono::seconds kBetweenTriesWithoutKeys{2};

std::vector<VerificationKey> keys_in(std::string_view text) {
  auto keys = VerificationKey::from_jwks(detail::parse_json(text).value.value_or(nullptr));
  // A secret that is published is none.
  std::erase_if(
      keys, [](const VerificationKey& key) { return key.data().kind == detail::KeyKind::secret; });
  return keys;
}

}  // namespace

JwksCache::KeySet::Want JwksCache::KeySet::want(std::string_view kid, Clock::time_point now,
                                                const std::shared_ptr<detail::Wakeup>& wakeup) {
  const std::lock_guard lock(mutex_);
  const bool fresh = fetched_at_ && now - *fetched_at_ < kLifetime;
  const bool known =
      !keys_.empty() && (kid.empty() || std::any_of(keys_.begin(), keys_.end(),
                                                    [kid](auto& key) { return key.id() == kid; }));
  if (fresh && known) return Want::nothing;
  if (fetching_) {
    // Old keys are good until there are new ones.
    if (known) return Want::nothing;
    std::erase_if(waiting_, [](const auto& other) { return other.expired(); });
    waiting_.push_back(wakeup);
    return Want::wait;
  }
  const auto between = keys_.empty() ? kBetweenTriesWithoutKeys : kBetweenTries;
  if (tried_at_ && now - *tried_at_ < between) return Want::nothing;
  tried_at_ = now;
  fetching_ = true;
  waiting_.push_back(wakeup);
  return Want::fetch;
}

void JwksCache::KeySet::fetched(std::string_view text, std::exception_ptr problem,
                                Clock::time_point now) {
  auto keys = problem ? std::vector<VerificationKey>() : keys_in(text);
  if (!problem && keys.empty()) {
    problem = std::make_exception_ptr(std::runtime_error(
        "the key set has no key that verifies signatures: expected {\"keys\": […]} (RFC 7517)"));
  }
  std::vector<std::weak_ptr<detail::Wakeup>> waiting;
  {
    const std::lock_guard lock(mutex_);
    fetching_ = false;
    problem_ = std::move(problem);
    if (!keys.empty()) {
      keys_ = std::move(keys);
      fetched_at_ = now;
    }
    waiting.swap(waiting_);
  }
  for (const auto& one : waiting) {
    if (const auto wakeup = one.lock()) wakeup->notify();
  }
}

std::vector<VerificationKey> JwksCache::KeySet::keys() const {
  const std::lock_guard lock(mutex_);
  if (keys_.empty() && problem_) std::rethrow_exception(problem_);
  return keys_;
}

}  // namespace millrace
