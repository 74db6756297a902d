// Boost.Beast as in its documentation: async_read and async_write of complete messages, a stream
// with a timeout.
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <string>

#include "orders.hpp"

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : stream_(std::move(socket)) {}

  void read() {
    request_ = {};
    stream_.expires_after(std::chrono::seconds(30));
    http::async_read(stream_, buffer_, request_,
                     beast::bind_front_handler(&Session::answer, shared_from_this()));
  }

 private:
  void answer(beast::error_code failed, std::size_t) {
    if (failed) return;
    response_ = {};
    response_.version(request_.version());
    response_.set(http::field::content_type, "application/json");
    response_.keep_alive(request_.keep_alive());
    response_.body() = request_.method() == http::verb::post ? bench::echo(request_.body())
                                                             : std::string(bench::kHello);
    response_.result(response_.body().empty() ? http::status::bad_request : http::status::ok);
    response_.prepare_payload();
    http::async_write(stream_, response_,
                      beast::bind_front_handler(&Session::written, shared_from_this()));
  }

  void written(beast::error_code failed, std::size_t) {
    if (!failed && response_.keep_alive()) read();
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  http::response<http::string_body> response_;
};

void accept(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](beast::error_code failed, tcp::socket socket) {
    if (!failed) {
      socket.set_option(tcp::no_delay(true));
      std::make_shared<Session>(std::move(socket))->read();
    }
    accept(acceptor);
  });
}

}  // namespace

int main(int, char** arguments) {
  asio::io_context loop(1);
  const auto port = static_cast<unsigned short>(std::stoi(arguments[1]));
  tcp::acceptor acceptor(loop, {asio::ip::make_address("127.0.0.1"), port});
  accept(acceptor);
  loop.run();
}
