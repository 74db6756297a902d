#include "admin/admin_server.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include "http/date.hpp"
#include "http/fields.hpp"
#include "http/request_parser.hpp"
#include "http/response_writer.hpp"
#include "net/stream.hpp"

namespace millrace::admin {

namespace {

std::string_view without_query(std::string_view target) {
  return target.substr(0, target.find('?'));
}

}  // namespace

class AdminServer::Connection final : private net::Stream::Observer {
 public:
  Connection(AdminServer& server, base::UniqueFd socket)
      : server_(server),
        stream_(net::Stream::adopt(server.loop_, std::move(socket),
                                   static_cast<net::Stream::Observer&>(*this),
                                   {.initial_buffer = 4096, .maximum_buffer = 2 * kLongestHead})),
        parser_(nullptr, kLongestHead),
        timer_(server.loop_, [this] { close(); }) {}

  ~Connection() override {
    if (!closed_) stream_->close();
  }

  void start() {
    timer_.set_after(server_.times_.request);
    stream_->start();
  }

  [[nodiscard]] bool closed() const { return closed_; }
  /// Whether it waits for a request.
  [[nodiscard]] bool idle() const { return !closed_ && parser_.idle() && stream_->unsent() == 0; }

  void close() {
    if (closed_) return;
    stream_->close();
    end();
  }

 private:
  std::size_t on_bytes(std::string_view input) override {
    if (parser_.idle()) timer_.set_after(server_.times_.request);
    std::size_t used = 0;
    // The next request waits until the client has taken the response.
    while (!closed_ && used < input.size() && stream_->unsent() == 0) {
      const http::RequestParser::Step step = parser_.parse(input.substr(used));
      used += step.consumed;
      using Event = http::RequestParser::Event;
      if (step.event == Event::need_more) break;
      if (step.event == Event::head) {
        respond();
      } else {
        const http::ParseFailure& failure = parser_.failure();
        send({.status = failure.status, .body = std::string(failure.reason) + "\n"}, false, false);
      }
    }
    return closed_ ? input.size() : used;
  }

  void respond() {
    const http::RequestHead& head = parser_.head();
    const bool is_head = head.method == "HEAD";
    if (head.has_body) {
      return send({.status = 413, .body = "requests have no body here\n"}, is_head, false);
    }
    if (head.method != "GET" && !is_head) {
      return send({.status = 405, .body = "expected GET or HEAD\n"}, false, false);
    }
    const auto accept = http::find_field(head.fields, "accept");
    send(server_.handler_.respond(without_query(head.target), accept.value_or(std::string_view())),
         is_head, head.keep_alive);
  }

  void send(const Response& response, bool is_head, bool keep_alive) {
    std::string fields = "Cache-Control: no-store\r\nContent-Type: ";
    fields.append(response.content_type).append("\r\n");
    if (response.status == 405) fields += "Allow: GET, HEAD\r\n";
    std::string output;
    http::write_response_head(output, {.status = response.status, .reason = {}, .fields = fields},
                              {.version = 11, .head_request = is_head, .keep_alive = keep_alive},
                              response.body.size(), http::format_http_date(std::time(nullptr)),
                              static_cast<std::uint32_t>(server_.times_.idle.count() / 1000));
    if (!is_head) output += response.body;
    stream_->write(output);
    if (!keep_alive) {
      // The stream closes itself once the client has the response.
      stream_->finish();
      return end();
    }
    parser_.reset();
    timer_.set_after(stream_->unsent() > 0 ? server_.times_.request : server_.times_.idle);
  }

  void on_closed() override { end(); }

  void on_drained() override {
    timer_.set_after(server_.times_.idle);
    stream_->resume();
  }

  void end() {
    closed_ = true;
    timer_.cancel();
    server_.loop_.at_turn_end(server_);
  }

  AdminServer& server_;
  std::shared_ptr<net::Stream> stream_;
  http::RequestParser parser_;
  net::Timer timer_;
  bool closed_ = false;
};

AdminServer::AdminServer(net::EventLoop& loop, std::vector<base::UniqueFd> sockets,
                         Handler& handler, Times times)
    : loop_(loop), handler_(handler), times_(times) {
  for (base::UniqueFd& socket : sockets) {
    listeners_.push_back(std::make_unique<net::Listener>(
        loop_, std::move(socket), [this](base::UniqueFd accepted, const net::Peer& /*peer*/) {
          accept(std::move(accepted));
        }));
  }
}

AdminServer::~AdminServer() = default;

std::size_t AdminServer::connections() const {
  return static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(),
                                                [](const auto& one) { return !one->closed(); }));
}

std::size_t AdminServer::idle_connections() const {
  return static_cast<std::size_t>(std::count_if(connections_.begin(), connections_.end(),
                                                [](const auto& one) { return one->idle(); }));
}

void AdminServer::accept(base::UniqueFd socket) {
  if (connections() >= kMostConnections) {
    const auto idle = std::find_if(connections_.begin(), connections_.end(),
                                   [](const auto& one) { return one->idle(); });
    // Closes the new one.
    if (idle == connections_.end()) return;
    (*idle)->close();
  }
  connections_.push_back(std::make_unique<Connection>(*this, std::move(socket)));
  connections_.back()->start();
}

void AdminServer::run_at_turn_end() {
  std::erase_if(connections_, [](const auto& one) { return one->closed(); });
}

}  // namespace millrace::admin
