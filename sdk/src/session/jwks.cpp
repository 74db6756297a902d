#include "millrace/jwks.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base64url.hpp"
#include "key.hpp"
#include "millrace/fetch.hpp"

namespace millrace {

namespace {

constexpr std::chrono::minutes kLifetime{10};
constexpr std::chrono::seconds kBetweenTries{30};

Task<std::string> fetch_text(std::string url) {
  Task<FetchResponse> asking = fetch(std::move(url), FetchOptions());
  FetchResponse response = co_await std::move(asking);
  if (!response.ok()) {
    throw std::runtime_error("the key set cannot be fetched: " + response.url() + " answered " +
                             std::to_string(response.status()));
  }
  co_return std::move(response).text();
}

/// The `kid` of a token's header; empty where it has none.
std::string key_id_of(std::string_view token) {
  const auto header = detail::decode_base64url(token.substr(0, token.find('.')));
  if (!header) return {};
  boost::system::error_code failed;
  const json::value value = json::parse(*header, failed);
  const auto* const object = value.if_object();
  const auto* const kid = failed || object == nullptr ? nullptr : object->if_contains("kid");
  return kid != nullptr && kid->is_string() ? std::string(std::string_view(kid->get_string()))
                                            : std::string();
}

}  // namespace

struct JwksCache::State {
  std::mutex mutex;
  std::vector<VerificationKey> keys;
  std::optional<Clock::time_point> fetched_at;
  std::optional<Clock::time_point> tried_at;
};

JwksCache::JwksCache(std::string url) : JwksCache(std::move(url), fetch_text) {}

JwksCache::JwksCache(std::string url, Fetch fetch, std::function<Clock::time_point()> now)
    : url_(std::move(url)),
      fetch_(std::move(fetch)),
      now_(std::move(now)),
      state_(std::make_shared<State>()) {}

Task<std::vector<VerificationKey>> JwksCache::keys_for(std::string kid) {
  const auto now = now_();
  {
    const std::lock_guard lock(state_->mutex);
    const bool fresh = state_->fetched_at && now - *state_->fetched_at < kLifetime;
    const bool known =
        kid.empty() || std::any_of(state_->keys.begin(), state_->keys.end(),
                                   [&kid](const auto& key) { return key.id() == kid; });
    const bool tried = state_->tried_at && now - *state_->tried_at < kBetweenTries;
    // One who finds somebody asking takes what there is.
    if ((fresh && known) || (tried && !state_->keys.empty())) co_return state_->keys;
    state_->tried_at = now;
  }
  std::exception_ptr problem;
  std::string text;
  try {
    Task<std::string> asking = fetch_(url_);
    text = co_await std::move(asking);
  } catch (...) {
    problem = std::current_exception();
  }
  const std::lock_guard lock(state_->mutex);
  if (problem) {
    if (state_->keys.empty()) std::rethrow_exception(problem);
    co_return state_->keys;
  }
  boost::system::error_code failed;
  auto keys = VerificationKey::from_jwks(json::parse(text, failed));
  // A secret that is published is none.
  std::erase_if(
      keys, [](const VerificationKey& key) { return key.data().kind == detail::KeyKind::secret; });
  if (!failed && !keys.empty()) {
    state_->keys = std::move(keys);
    state_->fetched_at = now;
  }
  co_return state_->keys;
}

Task<VerifiedJwt> JwksCache::verify(std::string token, JwtRules rules) {
  Task<std::vector<VerificationKey>> asking = keys_for(key_id_of(token));
  const std::vector<VerificationKey> keys = co_await std::move(asking);
  co_return verify_jwt(token, keys, rules);
}

}  // namespace millrace
