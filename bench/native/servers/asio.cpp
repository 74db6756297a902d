// The lower bound: one thread, one Asio loop, Beast's parser fed by a hand-written read loop, each
// response written with one call. No routing, no limits, no timeouts.
#include <boost/asio.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include "orders.hpp"

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

/// The Date field, which every server must send; formatted once per second.
const std::string& date_line() {
  static std::time_t at = 0;
  static std::string line;
  const std::time_t now = std::time(nullptr);
  if (now != at) {
    char text[64];
    std::strftime(text, sizeof text, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", std::gmtime(&now));
    at = now;
    line = text;
  }
  return line;
}

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : socket_(std::move(socket)) { parser_.emplace(); }

  void read() {
    auto self = shared_from_this();
    socket_.async_read_some(asio::buffer(input_.data() + have_, input_.size() - have_),
                            [self](boost::system::error_code failed, std::size_t got) {
                              if (!failed) self->take(got);
                            });
  }

 private:
  void take(std::size_t got) {
    have_ += got;
    std::size_t used = 0;
    out_.clear();
    while (used < have_) {
      boost::system::error_code failed;
      parser_->eager(true);
      const std::size_t taken =
          parser_->put(asio::buffer(input_.data() + used, have_ - used), failed);
      used += taken;
      if (failed == http::error::need_more) break;
      if (failed) return;
      if (!parser_->is_done()) {
        if (taken == 0) break;
        continue;
      }
      answer();
      parser_.emplace();
    }
    std::copy(input_.begin() + static_cast<std::ptrdiff_t>(used),
              input_.begin() + static_cast<std::ptrdiff_t>(have_), input_.begin());
    have_ -= used;
    if (out_.empty()) return read();
    auto self = shared_from_this();
    asio::async_write(socket_, asio::buffer(out_),
                      [self](boost::system::error_code failed, std::size_t) {
                        if (!failed) self->read();
                      });
  }

  void answer() {
    const auto& request = parser_->get();
    const std::string body = request.method() == http::verb::post ? bench::echo(request.body())
                                                                  : std::string(bench::kHello);
    out_.append(body.empty() ? "HTTP/1.1 400 Bad Request\r\n" : "HTTP/1.1 200 OK\r\n");
    out_.append("Content-Type: application/json\r\nContent-Length: ");
    out_.append(std::to_string(body.size())).append("\r\n").append(date_line()).append("\r\n");
    out_.append(body);
  }

  tcp::socket socket_;
  std::array<char, 8192> input_;
  std::size_t have_ = 0;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::string out_;
};

void accept(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](boost::system::error_code failed, tcp::socket socket) {
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
