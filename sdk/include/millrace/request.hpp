// Request is the argument of a handler: method, URL, headers, cookies, and the body, which is
// complete before the handler is called. A handler that takes a StreamedRequest instead is called
// at once and reads the body in pieces.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/cookies.hpp"
#include "millrace/detail/call.hpp"
#include "millrace/form_data.hpp"
#include "millrace/headers.hpp"
#include "millrace/json.hpp"
#include "millrace/response.hpp"
#include "millrace/task.hpp"
#include "millrace/url.hpp"
#include "millrace/validation.hpp"

namespace millrace {

/// The part that both kinds of request share: everything but the body. Belongs to its handler; not
/// thread-safe.
class RequestHead {
 public:
  /// What a request is constructed from. The views must outlive the request.
  struct Parts {
    std::string_view method = "GET";
    /// Path and query.
    std::string_view target = "/";
    /// "Name: value\r\n" each.
    std::string_view fields = {};
    std::string_view remote_address = "127.0.0.1";
    bool secure = false;
    /// The port that the server listens on; 0 where it is unknown.
    std::uint16_t server_port = 0;
    /// Null where there is no host, as in the test of a handler.
    detail::Call* call = nullptr;
  };

  explicit RequestHead(const Parts& parts) : parts_(parts) {}
  RequestHead(const RequestHead&) = delete;
  RequestHead& operator=(const RequestHead&) = delete;

  /// "GET", "POST" …
  [[nodiscard]] std::string_view method() const { return parts_.method; }

  /// The absolute URL as the client sees it, with the scheme of X-Forwarded-Proto and the host of
  /// Host.
  [[nodiscard]] const Url& url() const;

  /// The first value of a query parameter, decoded; none where there is none of that name.
  [[nodiscard]] std::optional<std::string> query(std::string_view name) const {
    return url().query().get(name);
  }

  [[nodiscard]] Headers headers() const {
    return {parts_.fields,
            {.address = parts_.remote_address,
             .secure = parts_.secure,
             .server_port = parts_.server_port}};
  }

  [[nodiscard]] const RequestCookies& cookies() const;

  /// The remote address of the connection.
  [[nodiscard]] std::string_view remote_address() const { return parts_.remote_address; }

  /// The request's id in the log: the X-Request-Id of the request, or a new one.
  [[nodiscard]] const std::string& id() const;

  /// Stop is requested when the client disconnects or the route's deadline passes. Callbacks run on
  /// another thread.
  [[nodiscard]] std::stop_token stop_token() const;

  /// For after() and log(). Null in a test.
  [[nodiscard]] detail::Call* call() const { return parts_.call; }

 private:
  Parts parts_;
  mutable std::optional<Url> url_;
  mutable std::optional<RequestCookies> cookies_;
  mutable std::string id_;
};

class Request : public RequestHead {
 public:
  Request(const Parts& parts, std::string body) : RequestHead(parts), body_(std::move(body)) {}

  /// The body as received.
  [[nodiscard]] const std::string& text() const { return body_; }

  /// The body as JSON. Throws HttpError (400) where it is not JSON.
  [[nodiscard]] json::value json() const;

  /// The body as a described struct, validated by its rules (millrace/validation.hpp). Throws
  /// HttpError (400) with a response that lists all errors.
  template <class T>
  [[nodiscard]] T json() const {
    Parsed<T> parsed = parse<T>();
    if (!parsed) throw HttpError(Response::invalid(parsed.errors()));
    return *std::move(parsed);
  }

  /// The same without a throw: returns the value or the errors.
  template <class T>
  [[nodiscard]] Parsed<T> parse() const {
    return millrace::parse<T>(std::string_view(body_));
  }

  /// The body as a form, url-encoded or multipart; a copy. None where it is not a form or is
  /// malformed: respond with 400.
  [[nodiscard]] std::optional<FormData> form_data() const;

 private:
  std::string body_;
};

/// A request whose handler is called before the body has arrived: `Task<Response>
/// PUT(StreamedRequest&, …)`.
class StreamedRequest : public RequestHead {
 public:
  using RequestHead::RequestHead;

  /// The next bytes of the body as they arrive; an empty string at its end. The client is slowed
  /// down to the rate at which the handler reads.
  [[nodiscard]] Task<std::string> read() { return call()->read_body(); }
};

}  // namespace millrace
