// TestServer responds to the requests of a test on a loopback port of its own, with the bytes that
// the test sets, on a thread of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "millrace/task.hpp"

namespace millrace::test {

using ServerRequest = boost::beast::http::request<boost::beast::http::string_body>;

struct Reply {
  enum class Then : std::uint8_t { keep, close, hang };

  std::string bytes;
  Then then = Then::keep;
};

class TestServer {
 public:
  /// Called on the server's thread.
  using Handler = std::function<Reply(const ServerRequest& request)>;

  /// `tls`: the context of a TLS server; null for plain HTTP.
  explicit TestServer(Handler handler, std::shared_ptr<boost::asio::ssl::context> tls = nullptr);
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  [[nodiscard]] std::string port() const { return std::to_string(port_); }
  /// "http://127.0.0.1:PORT" followed by the path.
  [[nodiscard]] std::string url(const std::string& path,
                                const std::string& host = "127.0.0.1") const;

  /// The number of accepted connections.
  [[nodiscard]] std::size_t connections();
  /// The requests in the order received.
  [[nodiscard]] std::vector<ServerRequest> requests();
  /// Returns when the server has closed that many connections.
  void wait_for_closed(std::size_t count);

 private:
  using Socket = boost::asio::ip::tcp::socket;

  Task<void> accept();
  Task<void> serve(Socket socket);
  template <class Stream>
  Task<void> serve_on(Stream& stream);
  template <class Count>
  void count(Count&& change);

  Handler handler_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  boost::asio::io_context loop_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t connections_ = 0;
  std::size_t closed_ = 0;
  std::vector<ServerRequest> requests_;
  std::thread thread_;
};

/// A 200 response with those fields ("Name: value\r
/// " each), the body and its length.
[[nodiscard]] std::string ok(const std::string& body, const std::string& fields = {});

/// A response with that status and without a body.
[[nodiscard]] std::string status(int code, const std::string& fields = {});

}  // namespace millrace::test
