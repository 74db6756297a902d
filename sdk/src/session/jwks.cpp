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
/// Longer than the fetch takes, since its loop can be blocked by another handler.
constexpr std::chrono::seconds kMaxWait{10};

Task<std::string> fetch_text(std::string url) {
  FetchOptions options;
  options.timeout = kFetchTimeout;
  // Whoever could redirect the request could have all tokens verified by keys of their own.
  options.max_redirects = 0;
  Task<FetchResponse> fetching = fetch(std::move(url), std::move(options));
  FetchResponse response = co_await std::move(fetching);
  if (response.status() != 200) {
    throw std::runtime_error("the key set cannot be fetched: " + response.url() +
                             " responded with " + std::to_string(response.status()));
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
    Task<std::string> fetching = fetch(std::move(url));
    text = co_await std::move(fetching);
  } catch (...) {
    problem = std::current_exception();
  }
  set->fetched(text, problem, now);
}

Task<VerifiedJwt> JwksCache::verify(std::string token, JwtRules rules) {
  const auto wakeup = std::make_shared<detail::Wakeup>();
  const auto action = set_->next_action(key_id_of(token), now_(), wakeup);
  if (action == KeySet::Action::fetch) {
    // The fetch is a task of its own: a client that disconnects from this request must not end it.
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::co_spawn(executor, refresh(set_, fetch_, url_, now_()), boost::asio::detached);
  }
  if (action != KeySet::Action::nothing) {
    Task<void> waiting = wakeup->wait(detail::Wakeup::Clock::now() + kMaxWait);
    co_await std::move(waiting);
  }
  co_return verify_jwt(token, set_->keys(), rules);
}

}  // namespace millrace
