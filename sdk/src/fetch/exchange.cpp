#include "fetch/exchange.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <tuple>

#include "fetch/pool.hpp"
#include "http/field_text.hpp"
#include "text/percent.hpp"

namespace millrace::client {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using Parser = http::response_parser<http::string_body>;

constexpr auto kErrorAndSize = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kMaxHead = 64 * 1024;
constexpr int kMaxInterim = 16;
constexpr std::size_t kReadSize = std::size_t{16} * 1024;
/// A body up to this size in bytes is sent in one piece with the head.
constexpr std::size_t kSentTogether = std::size_t{64} * 1024;

/// Fields that describe the message framing, not its content.
bool is_of_connection(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames = {"connection", "content-length",    "expect",
                                                      "keep-alive", "proxy-connection",  "te",
                                                      "trailer",    "transfer-encoding", "upgrade"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [name](std::string_view own) { return same_name(own, name); });
}

std::string basic_authorization(std::string_view credentials) {
  const std::size_t colon = std::min(credentials.find(':'), credentials.size());
  std::string plain = decode_percent(credentials.substr(0, colon)) + ":";
  if (colon < credentials.size()) plain += decode_percent(credentials.substr(colon + 1));
  std::string encoded((plain.size() + 2) / 3 * 4 + 1, '\0');
  const int size = ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                     reinterpret_cast<const unsigned char*>(plain.data()),
                                     static_cast<int>(plain.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return "Basic " + encoded;
}

http::request_header<> make_request(const TargetUrl& url, const FetchOptions& options) {
  http::request_header<> request;
  request.version(11);
  request.method_string(options.method);
  request.target(url.target);
  request.set(http::field::host, url.authority());
  for (const auto& [name, value] : options.headers) {
    if (is_of_connection(name)) continue;
    if (same_name(name, "host")) {
      request.set(name, value);
    } else {
      request.insert(name, value);
    }
  }
  const auto set_default = [&request](http::field field, const std::string& value) {
    if (request.count(field) == 0) request.set(field, value);
  };
  set_default(http::field::accept, "*/*");
  set_default(http::field::accept_encoding, "identity");
  set_default(http::field::user_agent, "millrace");
  if (!url.credentials.empty()) {
    set_default(http::field::authorization, basic_authorization(url.credentials));
  }
  const bool expects_body =
      options.method == "POST" || options.method == "PUT" || options.method == "PATCH";
  if (expects_body || !options.body.empty()) {
    request.set(http::field::content_length, std::to_string(options.body.size()));
  }
  return request;
}

/// The time that the connection can be kept: that of the server's "Keep-Alive: timeout=5", less a
/// second for latency, and at most kKeptFor.
std::chrono::seconds kept_for(const Parser& parser) {
  constexpr std::string_view kTimeout = "timeout=";
  const auto field = parser.get()[http::field::keep_alive];
  const std::string value = lower_case(std::string_view(field.data(), field.size()));
  const std::size_t at = value.find(kTimeout);
  int seconds = 0;
  if (at == std::string::npos) return ConnectionPool::kKeptFor;
  const char* const begin = value.data() + at + kTimeout.size();
  if (std::from_chars(begin, value.data() + value.size(), seconds).ec != std::errc()) {
    return ConnectionPool::kKeptFor;
  }
  return std::clamp(std::chrono::seconds(seconds) - std::chrono::seconds(1),
                    std::chrono::seconds(0), ConnectionPool::kKeptFor);
}

/// `untouched`: nothing of the response had arrived before what `parser` reads.
Failure reading_failed(boost::system::error_code error, const Parser& parser,
                       const FetchOptions& options, bool untouched) {
  Failure failure;
  if (error == http::error::body_limit) {
    failure.reason = FetchError::Reason::too_large;
    failure.text = "the response body is larger than " + std::to_string(options.max_body) +
                   " bytes (FetchOptions::max_body)";
    return failure;
  }
  failure = failure_of("the response is incomplete", error);
  failure.before_response =
      failure.reason == FetchError::Reason::network && untouched && !parser.got_some();
  if (failure.before_response) {
    failure.text = "the server closed the connection without a response: " + error.message();
  }
  return failure;
}

void prepare(std::optional<Parser>& parser, const FetchOptions& options) {
  parser.emplace();
  parser->header_limit(kMaxHead);
  parser->body_limit(options.max_body);
  parser->skip(options.method == "HEAD");
  parser->eager(true);
}

std::string text_of(const http::request_header<>& request) {
  std::string text(request.method_string());
  text.append(" ").append(request.target()).append(" HTTP/1.1\r\n");
  for (const auto& field : request) {
    text.append(field.name_string()).append(": ").append(field.value()).append("\r\n");
  }
  return text.append("\r\n");
}

// Beast's own operations on whole messages take minutes to compile, once for each kind of stream.

Task<boost::system::error_code> write(Connection& connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const asio::const_buffer piece = asio::buffer(bytes);
    boost::system::error_code failed;
    std::size_t size = 0;
    if (connection.tls) {
      std::tie(failed, size) = co_await connection.tls->async_write_some(piece, kErrorAndSize);
    } else {
      std::tie(failed, size) = co_await connection.tcp.async_write_some(piece, kErrorAndSize);
    }
    if (failed) co_return failed;
    bytes.remove_prefix(size);
  }
  co_return boost::system::error_code();
}

/// Appends the next bytes to `buffer`.
Task<boost::system::error_code> read(Connection& connection, boost::beast::flat_buffer& buffer) {
  const asio::mutable_buffer room = buffer.prepare(kReadSize);
  boost::system::error_code failed;
  std::size_t size = 0;
  if (connection.tls) {
    std::tie(failed, size) = co_await connection.tls->async_read_some(room, kErrorAndSize);
  } else {
    std::tie(failed, size) = co_await connection.tcp.async_read_some(room, kErrorAndSize);
  }
  buffer.commit(size);
  co_return failed;
}

/// Reads one message to its end, which can be the end of the connection.
Task<boost::system::error_code> read_message(Connection& connection,
                                             boost::beast::flat_buffer& buffer, Parser& parser) {
  boost::system::error_code failed;
  while (!parser.is_done()) {
    if (buffer.size() > 0) {
      const std::size_t used = parser.put(buffer.data(), failed);
      buffer.consume(used);
      if (failed && failed != http::error::need_more) co_return failed;
      if (!failed && used > 0) continue;
    }
    failed = co_await read(connection, buffer);
    if (failed == asio::error::eof && parser.got_some()) {
      failed = {};
      parser.put_eof(failed);
      co_return failed;
    }
    if (failed) co_return failed;
  }
  co_return boost::system::error_code();
}

Task<std::optional<Failure>> read_response(Connection& connection, const FetchOptions& options,
                                           RawResponse& response) {
  boost::beast::flat_buffer buffer;
  std::optional<Parser> parser;
  // Interim responses (100, 103) precede the final one.
  for (int interim = 0; !parser || parser->get().result_int() < 200; ++interim) {
    const bool upgraded = parser && parser->get().result_int() == 101;
    if (interim > kMaxInterim || upgraded) {
      Failure failure;
      failure.text = "the server sends only interim responses";
      co_return failure;
    }
    prepare(parser, options);
    const auto error = co_await read_message(connection, buffer, *parser);
    if (error) co_return reading_failed(error, *parser, options, interim == 0);
  }
  response.status = static_cast<int>(parser->get().result_int());
  for (const auto& field : parser->get()) {
    response.headers.emplace_back(field.name_string(), field.value());
  }
  if (parser->keep_alive() && buffer.size() == 0) response.keep = kept_for(*parser);
  response.body = std::move(parser->get().body());
  co_return std::nullopt;
}

}  // namespace

Task<std::optional<Failure>> exchange(Connection& connection, const TargetUrl& url,
                                      const FetchOptions& options, RawResponse& response) {
  std::string head = text_of(make_request(url, options));
  const bool together = options.body.size() <= kSentTogether;
  if (together) head += options.body;
  auto error = co_await write(connection, head);
  if (!error && !together) error = co_await write(connection, options.body);
  if (error) {
    const Failure failure = failure_of("cannot send the request", error);
    if (failure.reason != FetchError::Reason::network) co_return failure;
  }
  // A server can respond and close the connection before it has read the whole request.
  auto failure = co_await read_response(connection, options, response);
  if (error) response.keep = std::chrono::seconds(0);
  co_return failure;
}

std::optional<Failure> check(const FetchOptions& options) {
  Failure failure;
  failure.reason = FetchError::Reason::invalid;
  const auto is = [&options](std::string_view method) { return same_name(options.method, method); };
  if (!is_token(options.method) || is("CONNECT") || is("TRACE")) {
    failure.text = "\"" + options.method + "\" is not a method that can be sent";
    return failure;
  }
  if (!options.body.empty() && (options.method == "GET" || options.method == "HEAD")) {
    failure.text = "a " + options.method + " request must not have a body";
    return failure;
  }
  for (const auto& [name, value] : options.headers) {
    if (is_token(name) && is_field_value(value)) continue;
    failure.text = is_token(name)
                       ? "the value of the field " + name + " contains a line break or a zero byte"
                       : "\"" + name + "\" is not a valid field name";
    return failure;
  }
  return std::nullopt;
}

}  // namespace millrace::client
