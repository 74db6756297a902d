#include "test_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <utility>

namespace millrace::test {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

}  // namespace

TestServer::TestServer(Handler handler, std::shared_ptr<asio::ssl::context> tls)
    : handler_(std::move(handler)),
      tls_(std::move(tls)),
      acceptor_(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()) {
  asio::co_spawn(loop_, accept(), asio::detached);
  thread_ = std::thread([this] { loop_.run(); });
}

TestServer::~TestServer() {
  loop_.stop();
  thread_.join();
}

std::string TestServer::url(const std::string& path, const std::string& host) const {
  return (tls_ ? "https://" : "http://") + host + ":" + port() + path;
}

std::size_t TestServer::connections() {
  const std::lock_guard lock(mutex_);
  return connections_;
}

std::vector<ServerRequest> TestServer::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void TestServer::wait_for_closed(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this, count] { return closed_ >= count; });
}

template <class Count>
void TestServer::count(Count&& change) {
  {
    const std::lock_guard lock(mutex_);
    change();
  }
  changed_.notify_all();
}

Task<void> TestServer::accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(kTuple);
    if (error) co_return;
    count([this] { ++connections_; });
    asio::co_spawn(loop_, serve(std::move(socket)), asio::detached);
  }
}

Task<void> TestServer::serve(Socket socket) {
  if (tls_) {
    asio::ssl::stream<Socket&> secure(socket, *tls_);
    const auto [error] = co_await secure.async_handshake(asio::ssl::stream_base::server, kTuple);
    if (!error) co_await serve_on(secure);
  } else {
    co_await serve_on(socket);
  }
  boost::system::error_code ignored;
  socket.close(ignored);
  count([this] { ++closed_; });
}

template <class Stream>
Task<void> TestServer::serve_on(Stream& stream) {
  boost::beast::flat_buffer buffer;
  for (;;) {
    ServerRequest request;
    const auto [error, size] =
        co_await boost::beast::http::async_read(stream, buffer, request, kTuple);
    if (error) co_return;
    count([this, &request] { requests_.push_back(request); });
    const Reply reply = handler_(request);
    const auto [unsent, sent] =
        co_await asio::async_write(stream, asio::buffer(reply.bytes), kTuple);
    if (unsent || reply.then == Reply::Then::close) co_return;
    // Until the client closes the connection.
    if (reply.then != Reply::Then::hang) continue;
    char byte = 0;
    co_await stream.async_read_some(asio::buffer(&byte, 1), kTuple);
    co_return;
  }
}

std::string ok(const std::string& body, const std::string& fields) {
  return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

std::string status(int code, const std::string& fields) {
  return "HTTP/1.1 " + std::to_string(code) + " Said\r\n" + fields + "Content-Length: 0\r\n\r\n";
}

}  // namespace millrace::test
