// Response is what a handler returns: status, fields and a body, which is either complete text or a
// task that writes it while the client reads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "millrace/cookies.hpp"
#include "millrace/json.hpp"
#include "millrace/task.hpp"

namespace millrace {

namespace detail {
class Call;
}
class ValidationErrors;

/// Writes a streamed body. Belongs to the task that receives it.
class BodyWriter {
 public:
  explicit BodyWriter(detail::Call& call) : call_(call) {}

  /// Sends `bytes` when the client is ready to receive them. Returns false where the client has
  /// disconnected: stop then.
  [[nodiscard]] Task<bool> write(std::string bytes);

 private:
  detail::Call& call_;
};

/// Writes an event stream (HTML, section 9.2). Belongs to the task that receives it.
class EventWriter {
 public:
  explicit EventWriter(BodyWriter& body) : body_(body) {}

  /// Sends an event. `data`: any text; each of its line breaks is sent as "
  /// ". `type`: empty for "message". `id`: the client sends it as Last-Event-ID when it reconnects.
  /// Throws std::invalid_argument where `type` or `id` contains a line break or a zero byte.
  /// Returns false where the client has disconnected: stop then.
  [[nodiscard]] Task<bool> send(std::string_view data, std::string_view type = {},
                                std::string_view id = {});

 private:
  BodyWriter& body_;
};

class Response {
 public:
  using BodyProducer = std::function<Task<void>(BodyWriter&)>;
  using EventProducer = std::function<Task<void>(EventWriter&)>;

  /// A response without a body; for 204, the status implies it.
  explicit Response(int status = 200) : status_(status) {}

  /// `value`: a described struct, a container of such, or a json::value. application/json.
  template <class T>
  [[nodiscard]] static Response json(const T& value, int status = 200) {
    Response response(status);
    append_json(response.body_, value);
    response.set_type("application/json");
    return response;
  }

  /// text/plain;charset=UTF-8, as of a JavaScript Response.
  [[nodiscard]] static Response text(std::string body, int status = 200);
  /// text/html; charset=utf-8.
  [[nodiscard]] static Response html(std::string body, int status = 200);
  /// Bytes of the media type `type`.
  [[nodiscard]] static Response bytes(std::string body, std::string_view type, int status = 200);
  /// A redirect to an absolute URL or a path. 307 keeps the method, 303 changes it to GET.
  [[nodiscard]] static Response redirect(std::string_view location, int status = 307);

  /// A body that `producer` writes while the client reads. It runs after the handler has returned.
  [[nodiscard]] static Response stream(std::string_view type, BodyProducer producer);
  /// text/event-stream, not cached.
  [[nodiscard]] static Response event_stream(EventProducer producer);

  /// 400 with the errors in the format of zod's flatten().
  [[nodiscard]] static Response invalid(const ValidationErrors& errors, int status = 400);
  /// {"error": message}.
  [[nodiscard]] static Response error(int status, std::string_view message);

  /// Setters can be chained: return Response::text("created").status(201).header("x-a", "b");
  Response& status(int status) & { return status_ = status, *this; }
  Response&& status(int status) && { return std::move(this->status(status)); }
  /// The reason phrase; empty for the default of the status. Throws std::invalid_argument for a
  /// line break.
  Response& reason(std::string_view text) &;
  Response&& reason(std::string_view text) && { return std::move(reason(text)); }
  /// Replaces the field. Throws std::invalid_argument for an invalid field name or value.
  Response& header(std::string_view name, std::string_view value) &;
  Response&& header(std::string_view name, std::string_view value) && {
    return std::move(header(name, value));
  }
  /// Adds a field line and keeps those of the same name.
  Response& append_header(std::string_view name, std::string_view value) &;
  Response&& append_header(std::string_view name, std::string_view value) && {
    return std::move(append_header(name, value));
  }
  Response& cookie(const Cookie& cookie) &;
  Response&& cookie(const Cookie& cookie) && { return std::move(this->cookie(cookie)); }
  /// Throws std::invalid_argument for a name that cookie() rejects.
  Response& delete_cookie(std::string_view name) &;
  Response&& delete_cookie(std::string_view name) && { return std::move(delete_cookie(name)); }

  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  /// The first field of that name, or none.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
  /// "name: value\r\n" each.
  [[nodiscard]] const std::string& fields() const { return fields_; }
  [[nodiscard]] const std::string& body() const& { return body_; }
  [[nodiscard]] std::string&& body() && { return std::move(body_); }
  void replace_body(std::string body) { body_ = std::move(body); }
  /// Null where the body is complete.
  [[nodiscard]] const BodyProducer& producer() const { return producer_; }

 private:
  void set_type(std::string_view type);

  int status_ = 200;
  std::string reason_;
  std::string fields_;
  std::string body_;
  BodyProducer producer_;
};

/// Thrown by a handler or a function that it calls, to respond at once: `throw HttpError(404, "user
/// not found")`. The host sends the response and logs nothing.
class HttpError : public std::runtime_error {
 public:
  /// {"error": message}.
  HttpError(int status, const std::string& message);
  explicit HttpError(Response response);

  [[nodiscard]] const Response& response() const { return response_; }

 private:
  Response response_;
};

}  // namespace millrace
