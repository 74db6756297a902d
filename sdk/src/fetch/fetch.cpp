#include "millrace/fetch.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "fetch/exchange.hpp"
#include "fetch/pool.hpp"
#include "fetch/target_url.hpp"
#include "http/field_text.hpp"

namespace millrace {

namespace {

using client::Clock;
using client::Connection;
using client::ConnectionPool;
using client::Failure;
using client::RawResponse;
using client::TargetUrl;

/// Normalises methods as Fetch does: "get" becomes GET, but "patch" is kept as it is.
void normalise_method(std::string& method) {
  constexpr std::array<std::string_view, 6> kMethods = {"DELETE",  "GET",  "HEAD",
                                                        "OPTIONS", "POST", "PUT"};
  for (const std::string_view known : kMethods) {
    if (same_name(method, known)) method = known;
  }
}

bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 5> kMethods = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

Clock::time_point deadline_of(const FetchOptions& options) {
  constexpr std::chrono::hours kForEver(24 * 365);
  if (options.timeout.count() <= 0 || options.timeout > kForEver) return Clock::time_point::max();
  return Clock::now() + options.timeout;
}

[[noreturn]] void fail(const std::string& method, const std::string& url, const Failure& failure) {
  throw FetchError(failure.reason, "fetch " + method + " " + url + ": " + failure.text);
}

/// The target of the request. Throws FetchError where it cannot be sent.
TargetUrl checked(const std::string& url, const FetchOptions& options) {
  auto target = TargetUrl::parse(url);
  Failure failure;
  failure.reason = FetchError::Reason::invalid;
  failure.text = "expected a URL such as https://example.com/path";
  // The URL is not shown: it can contain credentials in any place.
  if (!target) fail(options.method, "(a malformed URL)", failure);
  if (const auto unfit = client::check(options)) fail(options.method, target->text(), *unfit);
  return *std::move(target);
}

/// Sends the request without following redirects; once more where a reused connection turned out to
/// be closed.
Task<std::optional<Failure>> send(const TargetUrl& url, const FetchOptions& options,
                                  Clock::time_point deadline, RawResponse& response) {
  const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  ConnectionPool& pool = ConnectionPool::of(executor);
  const std::string key = client::connection_key(url, options);
  std::optional<Failure> failure;
  for (bool again = false;; again = true) {
    std::unique_ptr<Connection> connection;
    if (!again) connection = pool.take(key, Clock::now());
    if (!connection) {
      connection = std::make_unique<Connection>(executor, key);
      failure = co_await client::open(*connection, url, options, deadline);
      if (failure) co_return failure;
    }
    const bool reused = connection->reused;
    connection->tcp.expires_at(deadline);
    failure = co_await client::exchange(*connection, url, options, response);
    if (!failure && response.keep.count() > 0) {
      connection->tcp.expires_never();
      connection->reused = true;
      pool.put(std::move(connection), Clock::now() + response.keep);
    }
    const bool retry =
        failure && failure->before_response && reused && !again && is_idempotent(options.method);
    if (!retry) co_return failure;
  }
}

void drop_fields(FetchOptions& options, std::initializer_list<std::string_view> names) {
  std::erase_if(options.headers, [names](const auto& field) {
    return std::any_of(names.begin(), names.end(),
                       [&field](std::string_view name) { return same_name(name, field.first); });
  });
}

/// The location of a redirect; none where the response is not one.
std::optional<std::string> location_of(const RawResponse& response) {
  constexpr std::array kRedirects = {301, 302, 303, 307, 308};
  if (std::find(kRedirects.begin(), kRedirects.end(), response.status) == kRedirects.end()) {
    return std::nullopt;
  }
  for (const auto& [name, value] : response.headers) {
    if (same_name(name, "location")) return value;
  }
  return std::nullopt;
}

/// Changes the request for the URL that a redirect leads to (Fetch, section 4.4).
void redirect(FetchOptions& options, int status, const TargetUrl& from, const TargetUrl& to) {
  const bool was_post = options.method == "POST" && (status == 301 || status == 302);
  const bool see_other = status == 303 && options.method != "GET" && options.method != "HEAD";
  if (was_post || see_other) {
    options.method = "GET";
    options.body.clear();
    drop_fields(options,
                {"content-encoding", "content-language", "content-location", "content-type"});
  }
  if (from.origin() != to.origin()) {
    drop_fields(options, {"authorization", "proxy-authorization", "cookie", "host"});
  }
}

/// Throws boost::system::system_error where the task is cancelled between two operations.
Task<FetchResponse> follow(TargetUrl url, FetchOptions options) {
  const Clock::time_point deadline = deadline_of(options);
  for (int redirects = 0;; ++redirects) {
    RawResponse response;
    auto failure = co_await send(url, options, deadline, response);
    if (failure && failure->reason == FetchError::Reason::timeout) {
      failure->text = "not finished within " + std::to_string(options.timeout.count()) +
                      " ms (FetchOptions::timeout): " + failure->text;
    }
    if (failure) fail(options.method, url.text(), *failure);
    const auto location = location_of(response);
    if (!location || options.max_redirects == 0) {
      co_return FetchResponse(response.status, response.headers, std::move(response.body),
                              url.href());
    }
    failure.emplace();
    failure->reason = FetchError::Reason::too_many_redirects;
    failure->text = "more than " + std::to_string(options.max_redirects) +
                    " redirects (FetchOptions::max_redirects)";
    if (redirects >= options.max_redirects) fail(options.method, url.text(), *failure);
    auto next = url.resolve(*location);
    failure->reason = FetchError::Reason::network;
    failure->text = "the server redirects to a location that is not an http or https URL";
    if (!next) fail(options.method, url.text(), *failure);
    redirect(options, response.status, url, *next);
    if (url.origin() == next->origin()) next->credentials = url.credentials;
    url = *std::move(next);
  }
}

}  // namespace

Task<FetchResponse> fetch(std::string url, FetchOptions options) {
  normalise_method(options.method);
  TargetUrl target = checked(url, options);
  const std::string method = options.method;
  const std::string text = target.text();
  try {
    co_return co_await follow(std::move(target), std::move(options));
  } catch (const boost::system::system_error& error) {
    fail(method, text, client::failure_of("not finished", error.code()));
  }
}

}  // namespace millrace
