#include "millrace/response.hpp"

#include "http/field_text.hpp"
#include "millrace/detail/call.hpp"

namespace millrace {

namespace {

void check_field(std::string_view name, std::string_view value) {
  if (!is_token(name)) {
    throw std::invalid_argument(
        "\"" + std::string(name) +
        "\" is not a valid field name: expected a token such as \"x-request-id\"");
  }
  if (!is_field_value(value)) {
    throw std::invalid_argument("the value of the field " + std::string(name) +
                                " contains a line break or a zero byte, which HTTP forbids");
  }
}

void append_line(std::string& fields, std::string_view name, std::string_view value) {
  fields.append(lower_case(name)).append(": ").append(value).append("\r\n");
}

void remove_field(std::string& fields, std::string_view name) {
  std::string kept;
  bool found = false;
  each_field(fields, [&](std::string_view given, std::string_view value) {
    if (same_name(given, name)) {
      found = true;
    } else {
      append_line(kept, given, value);
    }
  });
  if (found) fields = std::move(kept);
}

std::string event_text(std::string_view data, std::string_view type, std::string_view id) {
  for (const std::string_view line : {type, id}) {
    if (is_field_value(line)) continue;
    throw std::invalid_argument(
        "send(): an event's type and id must not contain line breaks or zero bytes");
  }
  std::string text;
  if (!type.empty()) text.append("event: ").append(type).append("\n");
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  for (bool more = true; more;) {
    const std::size_t end = data.find_first_of("\r\n");
    text.append("data: ").append(data.substr(0, end)).append("\n");
    more = end != std::string_view::npos;
    if (more) data.remove_prefix(data.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  text.append("\n");
  return text;
}

}  // namespace

Task<bool> BodyWriter::write(std::string bytes) { return call_.write_body(std::move(bytes)); }

Task<bool> EventWriter::send(std::string_view data, std::string_view type, std::string_view id) {
  return body_.write(event_text(data, type, id));
}

void Response::set_type(std::string_view type) {
  fields_.append("content-type: ").append(type).append("\r\n");
}

Response Response::text(std::string body, int status) {
  return bytes(std::move(body), "text/plain;charset=UTF-8", status);
}

Response Response::html(std::string body, int status) {
  return bytes(std::move(body), "text/html; charset=utf-8", status);
}

Response Response::bytes(std::string body, std::string_view type, int status) {
  Response response(status);
  response.body_ = std::move(body);
  response.header("content-type", type);
  return response;
}

Response Response::redirect(std::string_view location, int status) {
  Response response(status);
  response.header("location", location);
  return response;
}

Response Response::stream(std::string_view type, BodyProducer producer) {
  Response response;
  response.header("content-type", type);
  response.producer_ = std::move(producer);
  return response;
}

Response Response::event_stream(EventProducer producer) {
  Response response;
  response.set_type("text/event-stream");
  response.header("cache-control", "no-cache, no-transform");
  response.producer_ = [producer = std::move(producer)](BodyWriter& body) -> Task<void> {
    EventWriter events(body);
    co_await producer(events);
  };
  return response;
}

Response Response::error(int status, std::string_view message) {
  return json(json::object{{"error", message}}, status);
}

Response& Response::reason(std::string_view text) & {
  if (!is_field_value(text))
    throw std::invalid_argument("a reason phrase must not contain line breaks or zero bytes");
  reason_.assign(text);
  return *this;
}

Response& Response::header(std::string_view name, std::string_view value) & {
  check_field(name, value);
  remove_field(fields_, name);
  append_line(fields_, name, value);
  return *this;
}

Response& Response::append_header(std::string_view name, std::string_view value) & {
  check_field(name, value);
  append_line(fields_, name, value);
  return *this;
}

Response& Response::cookie(const Cookie& cookie) & {
  return append_header("set-cookie", to_set_cookie(cookie));
}

Response& Response::delete_cookie(std::string_view name) & {
  if (!is_token(name)) {
    throw std::invalid_argument(
        "\"" + std::string(name) +
        "\" is not a valid cookie name: expected a token such as \"session-id\"");
  }
  return append_header("set-cookie",
                       std::string(name) + "=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
}

std::optional<std::string> Response::header(std::string_view name) const {
  std::optional<std::string> found;
  each_field(fields_, [&](std::string_view given, std::string_view value) {
    if (!found && same_name(given, name)) found = std::string(value);
  });
  return found;
}

HttpError::HttpError(int status, const std::string& message)
    : std::runtime_error(message), response_(Response::error(status, message)) {}

HttpError::HttpError(Response response)
    : std::runtime_error("HTTP " + std::to_string(response.status())),
      response_(std::move(response)) {}

}  // namespace millrace
