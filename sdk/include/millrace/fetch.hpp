// fetch() sends a request to another server over HTTP, as JavaScript's fetch does: it follows
// redirects, reuses connections and verifies certificates of https. The response is complete when
// it is returned.
//
//   Task<Response> GET(Request&) {
//     const FetchResponse user = co_await fetch("https://api.example.com/users/7");
//     …
//   }
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/json.hpp"
#include "millrace/task.hpp"

namespace millrace {

/// The parts of a request beside its URL. The struct has constructors, because g++ 12 destroys an
/// aggregate twice that is created inside a co_await expression:
///
///   co_await fetch(url, FetchOptions("DELETE"));
///   co_await fetch(url, FetchOptions::json(user).header("authorization", token));
struct FetchOptions {
  FetchOptions() {}
  explicit FetchOptions(std::string the_method, std::string the_body = {})
      : method(std::move(the_method)), body(std::move(the_body)) {}

  /// A POST, or `method`, with `value` as an application/json body.
  template <class T>
  [[nodiscard]] static FetchOptions json(const T& value, std::string method = "POST") {
    FetchOptions options(std::move(method));
    append_json(options.body, value);
    return std::move(options).header("content-type", "application/json");
  }

  /// Adds a field line and returns the options, for chaining.
  FetchOptions& header(std::string name, std::string value) & {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  FetchOptions&& header(std::string name, std::string value) && {
    return std::move(header(std::move(name), std::move(value)));
  }

  std::string method = "GET";
  /// Fields of the connection (Connection, Content-Length, Transfer-Encoding …) are left out.
  /// Without an Accept-Encoding, "identity" is sent: nothing is decompressed.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// For the whole exchange, redirects included. 0: no limit.
  std::chrono::milliseconds timeout{30'000};
  /// Maximum size of the response body, in bytes.
  std::size_t max_body = std::size_t{16} * 1024 * 1024;
  /// 0: the redirect itself is the response.
  int max_redirects = 20;
  /// A PEM file with the only certificates to trust. Empty: those of the system and of the file in
  /// the environment variable SSL_CERT_FILE. Read once per process.
  std::string ca_file;
};

/// Thrown where there is no response. what() gives the reason and the URL without its credentials
/// and query.
class FetchError : public std::runtime_error {
 public:
  enum class Reason : std::uint8_t {
    /// The URL, the method or a field cannot be sent.
    invalid,
    /// A failure of the network, or a server that does not speak HTTP.
    network,
    /// No secure connection, in most cases because a certificate is not trusted.
    tls,
    timeout,
    too_large,
    too_many_redirects,
    /// The body is not JSON.
    not_json,
    cancelled,
  };

  FetchError(Reason reason, const std::string& what) : std::runtime_error(what), reason_(reason) {}

  [[nodiscard]] Reason reason() const { return reason_; }

 private:
  Reason reason_;
};

class FetchResponse {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  /// An empty response with status 0, which Asio's operations on tasks start from.
  FetchResponse() = default;
  /// `headers`: one entry per field line, names in any case; lines of the same name are combined.
  FetchResponse(int status, const Headers& headers, std::string body, std::string url);

  [[nodiscard]] int status() const { return status_; }
  /// Whether the status is successful (2xx).
  [[nodiscard]] bool ok() const { return status_ >= 200 && status_ <= 299; }
  /// The field's value, with several lines joined by ", "; none where there is no such field. For
  /// Set-Cookie only the first line: headers() has all of them.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// Fields by lower-case name, in the order received.
  [[nodiscard]] const Headers& headers() const { return headers_; }
  /// The body as received.
  [[nodiscard]] const std::string& text() const& { return body_; }
  [[nodiscard]] std::string&& text() && { return std::move(body_); }
  /// The body as JSON. Throws FetchError where it is not JSON.
  [[nodiscard]] json::value json() const;
  /// The URL of the response: after redirects the last one, without fragment and credentials.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  int status_ = 0;
  Headers headers_;
  std::string body_;
  std::string url_;
};

/// Sends a request to `url` (http or https; credentials in it are sent as Basic authorization).
/// Returns the response whatever its status, also 404 and 500. Throws FetchError where there is no
/// response. Cancelling the task (terminal) aborts the exchange. Up to 8 idle connections per
/// server are kept for 30 s for later requests of the same thread; the next request closes older
/// ones. A request that got no response on a reused connection is sent once more if its method is
/// idempotent. Belongs to one thread's loop, as every task of a route does.
[[nodiscard]] Task<FetchResponse> fetch(std::string url, FetchOptions options = {});

/// The same for handlers that are plain functions: blocks the thread until the response is
/// complete.
[[nodiscard]] FetchResponse fetch_blocking(std::string url, FetchOptions options = {});

}  // namespace millrace
