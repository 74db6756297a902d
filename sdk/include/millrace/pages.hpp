// ResponseWriter is the second argument of a handler of pages/api, with the methods of Next.js's
// NextApiResponse: `void handler(Request& request, ResponseWriter& response)`.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "millrace/response.hpp"

namespace millrace {

/// Collects the response, which is sent when the handler has returned. Belongs to the handler.
class ResponseWriter {
 public:
  /// For chaining: response.status(201).json(created).
  ResponseWriter& status(int status) { return response_.status(status), *this; }
  /// Replaces the field.
  ResponseWriter& set_header(std::string_view name, std::string_view value) {
    return response_.header(name, value), *this;
  }
  ResponseWriter& append_header(std::string_view name, std::string_view value) {
    return response_.append_header(name, value), *this;
  }
  ResponseWriter& cookie(const Cookie& cookie) { return response_.cookie(cookie), *this; }

  /// application/json; charset=utf-8.
  template <class T>
  void json(const T& value) {
    body_.clear();
    append_json(body_, value);
    if (!response_.header("content-type")) {
      response_.header("content-type", "application/json; charset=utf-8");
    }
  }
  /// text/html; charset=utf-8 unless a content-type was set.
  void send(std::string_view text);
  /// Appends to the body.
  void write(std::string_view bytes) { body_ += bytes; }
  void redirect(std::string_view location, int status = 307);
  void end() {}

  /// Sends a complete Response, such as a stream, instead of what was collected.
  void respond(Response response) { instead_ = std::move(response); }

  /// For the host.
  [[nodiscard]] Response take();

 private:
  Response response_;
  std::string body_;
  std::optional<Response> instead_;
};

}  // namespace millrace
