#include "millrace/jwks.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <stdexcept>
#include <utility>

#include "millrace/fetch.hpp"
#include "session/base64url.hpp"
#include "session/key_set.hpp"

namespace millrace {

namespace {

constexpr std::chrono::seconds kFetchTimeout{5};
/// More than the fetch takes; its loop may be held by another handler.
constexpr std::chrono::seconds kLongestWait{10};

Task<std::string> fetch_text(std::string url) {
  FetchOptions options;
  options.timeout = kFetchTimeout;
  // Whoever could redirect it could have everybody's tokens verified by keys of his own.
  options.max_redirects = 0;
  Task<FetchResponse> asking = fetch(std::move(url), std::move(options));
  FetchResponse response = co_await std::move(asking);
  if (response.status() != 200) {
    throw std::runtime_error("the key set cannot be fetched: " + response.url() + " answered " +
                             std::to_string(response.status()));
  }
  co_return std::move(response).text();
}

/// The `kid` of a token's header; empty where it has none.
std::string key_id_of(std::string_view token) {
  const auto header = detail::decode_base64url(token.substr(0, token.find('.')));
  if (!header) return {};
  const auto value = detail::parse_json(*header).value;
  const auto* const object = value ? value->if_object() : nullptr;
  const auto* const kid = object == nullptr ? nullptr : object->if_contains("kid");
  return kid != nullptr && kid->is_string() ? std::string(std::string_view(kid->get_string()))
                                            : std::string();
}

}  // namespace

JwksCache::JwksCache(std::string url) : JwksCache(std::move(url), fetch_text) {}

JwksCache::JwksCache(std::string url, Fetch fetch, std::function<Clock::time_point()> now)
    : url_(std::move(url)),
      fetch_(std::move(fetch)),
      now_(std::move(now)),
      set_(std::make_shared<KeySet>()) {}

Task<void> JwksCache::refresh(std::shared_ptr<KeySet> set, Fetch fetch, std::string url,
                              Clock::time_point now) {
  std::exception_ptr problem;
  std::string text;
  try {
    Task<std::string> asking = fetch(std::move(url));
    text = co_await std::move(asking);
  } catch (...) {
    problem = std::current_exception();
  }
  set->fetched(text, problem, now);
}

Task<VerifiedJwt> JwksCache::verify(std::string token, JwtRules rules) {
  const auto wakeup = std::make_shared<detail::Wakeup>();
  const auto want = set_->want(key_id_of(token), now_(), wakeup);
  if (want == KeySet::Want::fetch) {
    // On its own: if it were this request's, whoever goes away at once could keep the keys old.
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::co_spawn(executor, refresh(set_, fetch_, url_, now_()), boost::asio::detached);
  }
  if (want != KeySet::Want::nothing) {
    Task<void> waiting = wakeup->wait(detail::Wakeup::Clock::now() + kLongestWait);
    co_await std::move(waiting);
  }
  co_return verify_jwt(token, set_->keys(), rules);
}

}  // namespace millrace
