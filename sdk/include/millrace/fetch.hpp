// fetch() asks other servers over HTTP, as JavaScript's does: redirects are followed, connections
// are kept for the next request, https is verified. The answer is complete when it is returned.
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

/// What a request is beside its URL. It has constructors, because g++ 12 destroys an aggregate twice
/// that is made inside a co_await expression:
///
///   co_await fetch(url, FetchOptions("DELETE"));
///   co_await fetch(url, FetchOptions::json(user).header("authorization", token));
struct FetchOptions {
  FetchOptions() {}
  explicit FetchOptions(std::string the_method, std::string the_body = {})
      : method(std::move(the_method)), body(std::move(the_body)) {}

  /// A POST, or `method`, of `value` as application/json.
  template <class T>
  [[nodiscard]] static FetchOptions json(const T& value, std::string method = "POST") {
    FetchOptions options(std::move(method));
    append_json(options.body, value);
    return std::move(options).header("content-type", "application/json");
  }

  /// Adds a line, chained.
  FetchOptions& header(std::string name, std::string value) & {
    headers.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  FetchOptions&& header(std::string name, std::string value) && {
    return std::move(header(std::move(name), std::move(value)));
  }

  std::string method = "GET";
  /// Fields of the connection (Connection, Content-Length, Transfer-Encoding …) are left out.
  /// Without an Accept-Encoding "identity" is asked for: nothing is decompressed.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// For all of it, redirects included. 0: no limit.
  std::chrono::milliseconds timeout{30'000};
  /// Bytes of the answer's body.
  std::size_t max_body = std::size_t{16} * 1024 * 1024;
  /// 0: the redirect itself is the answer.
  int max_redirects = 20;
  /// A PEM file with the only certificates to trust. Empty: those of the system and of the file in
  /// the environment variable SSL_CERT_FILE. Read once a process.
  std::string ca_file;
};

/// There is no answer. what() says why, with the URL but without its credentials and its query.
class FetchError : public std::runtime_error {
 public:
  enum class Reason : std::uint8_t {
    /// The URL, the method or a field cannot be sent.
    invalid,
    /// The network, or a server that does not speak HTTP.
    network,
    /// No secure connection: above all a certificate that is not trusted.
    tls,
    timeout,
    too_large,
    too_many_redirects,
    /// The body is no JSON.
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

  /// No answer, of status 0: what Asio's operations on tasks begin with.
  FetchResponse() = default;
  /// `headers`: a line each, names in any case; those of one name are joined here.
  FetchResponse(int status, const Headers& headers, std::string body, std::string url);

  [[nodiscard]] int status() const { return status_; }
  /// Whether the status is one of success: 200 to 299.
  [[nodiscard]] bool ok() const { return status_ >= 200 && status_ <= 299; }
  /// The field's value, several lines joined with ", "; none where there is none. The first line of
  /// Set-Cookie: headers() has all.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
  /// By lower-case name, in the order in which they came.
  [[nodiscard]] const Headers& headers() const { return headers_; }
  /// The body as it came.
  [[nodiscard]] const std::string& text() const& { return body_; }
  [[nodiscard]] std::string&& text() && { return std::move(body_); }
  /// The body as JSON. Throws FetchError where it is none.
  [[nodiscard]] json::value json() const;
  /// Where the answer came from: after redirects the last URL, without fragment and credentials.
  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  int status_ = 0;
  Headers headers_;
  std::string body_;
  std::string url_;
};

/// Asks `url` (http or https; credentials in it are sent as Basic authorization). An answer is any
/// status, also 404 and 500. Throws FetchError where there is none. Cancelling the task (terminal)
/// ends it. Up to 8 connections to a server are kept for 30 s for later requests of the same thread
/// (older ones are closed by the next).
/// A request that a kept connection took, but did not begin to answer, is sent once more if its
/// method is idempotent. Belongs to one thread's loop, as every task of a route does.
[[nodiscard]] Task<FetchResponse> fetch(std::string url, FetchOptions options = {});

/// The same for handlers that are plain functions: holds the thread until the answer is there.
[[nodiscard]] FetchResponse fetch_blocking(std::string url, FetchOptions options = {});

}  // namespace millrace
