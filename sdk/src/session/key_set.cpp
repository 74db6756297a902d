#include "session/key_set.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "session/key.hpp"

namespace millrace {

namespace {

constexpr std::chrono::minutes kLifetime{10};
constexpr std::chrono::seconds kBetweenTries{30};
/// Without keys no token can be verified, so the next attempt comes soon, but not with each
/// request.
constexpr std::chrono::seconds kBetweenTriesWithoutKeys{2};

std::vector<VerificationKey> keys_in(std::string_view text) {
  auto keys = VerificationKey::from_jwks(detail::parse_json(text).value.value_or(nullptr));
  // A published secret is not secret.
  std::erase_if(
      keys, [](const VerificationKey& key) { return key.data().kind == detail::KeyKind::secret; });
  return keys;
}

}  // namespace

JwksCache::KeySet::Action JwksCache::KeySet::next_action(
    std::string_view kid, Clock::time_point now, const std::shared_ptr<detail::Wakeup>& wakeup) {
  const std::lock_guard lock(mutex_);
  const bool fresh = fetched_at_ && now - *fetched_at_ < kLifetime;
  const bool known =
      !keys_.empty() && (kid.empty() || std::any_of(keys_.begin(), keys_.end(),
                                                    [kid](auto& key) { return key.id() == kid; }));
  if (fresh && known) return Action::nothing;
  if (fetching_) {
    // Old keys are valid until the fetch is complete.
    if (known) return Action::nothing;
    std::erase_if(waiting_, [](const auto& other) { return other.expired(); });
    waiting_.push_back(wakeup);
    return Action::wait;
  }
  const auto between = keys_.empty() ? kBetweenTriesWithoutKeys : kBetweenTries;
  if (tried_at_ && now - *tried_at_ < between) return Action::nothing;
  tried_at_ = now;
  fetching_ = true;
  waiting_.push_back(wakeup);
  return Action::fetch;
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
