// A whole HTTP/2 session without its socket: a client that sends any bytes in any pieces. The server
// must survive, hold no more than its windows allow, and tell each stream once that it is over.
//
// The first byte says what the server does with a request; from then on, a byte gives the length of
// the next piece. The preface and SETTINGS come by themselves, so that no input is lost on them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "http/fields.hpp"
#include "http2/session.hpp"

namespace {

using namespace millrace;

constexpr std::string_view kSettings{"\0\0\0\4\0\0\0\0\0", 9};
/// What a turn may have to send: responses of all streams, and replies to every frame of a piece.
constexpr std::size_t kMostSent = std::size_t{4} * 1024 * 1024;

void require(bool holds) {
  if (!holds) std::abort();
}

class Server final : public http2::Session::Observer {
 public:
  explicit Server(std::uint8_t manner) : manner_(manner) {}

  void receive(std::string_view bytes) {
    session_.receive(bytes, ++now_ / 64);
    require(waiting_ <= options().connection_window);
    std::string sent;
    session_.send(sent, SIZE_MAX);
    require(sent.size() <= kMostSent);
    if ((manner_ & 4U) != 0) consume();
    require(streams_.size() <= options().streams);
  }

 private:
  class Request final : public http2::Session::Stream {
   public:
    Request(Server& server, http2::StreamId id, std::uint8_t manner)
        : server_(server), id_(id), body_((manner & 2U) != 0 ? 100'000 : 3, 'b') {}
    ~Request() override { server_.waiting_ -= waiting_; }

    std::size_t take_waiting() {
      server_.waiting_ -= waiting_;
      return std::exchange(waiting_, 0);
    }

   private:
    void on_body(std::string_view bytes) override {
      require(!request_ended_);
      waiting_ += bytes.size();
      server_.waiting_ += bytes.size();
      require(waiting_ <= options().stream_window);
    }
    void on_body_end() override { require(!std::exchange(request_ended_, true)); }
    [[nodiscard]] std::string_view ready() const override { return body_; }
    [[nodiscard]] bool ended() const override { return true; }
    void take(std::size_t count) override { body_.erase(0, count); }
    void on_closed(http2::ErrorCode /*code*/) override {
      require(server_.streams_.erase(id_) == 1);
    }

    Server& server_;
    http2::StreamId id_;
    std::string body_;
    std::size_t waiting_ = 0;
    bool request_ended_ = false;
  };

  static http2::SessionOptions options() { return {}; }

  http2::Session::Stream* on_request(http2::StreamId id, const http::RequestHead& head) override {
    require(http::validate_fields(head.fields) && http::is_token(head.method));
    require(http::find_field(head.fields, "host").has_value());
    require(!http::find_field(head.fields, "transfer-encoding"));
    require(head.target.find_first_of(" \r\n") == std::string_view::npos);
    id_ = id;
    auto made = std::make_unique<Request>(*this, id, manner_);
    const auto [at, added] = streams_.emplace(id, std::move(made));
    require(added);
    return at->second.get();
  }
  void on_request_ready(http2::Session::Stream& /*stream*/) override {
    if ((manner_ & 1U) != 0) session_.respond(id_, "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", true);
    if ((manner_ & 8U) != 0) session_.reset(id_, http2::ErrorCode::internal_error);
  }
  void on_refused(const http::ParseFailure& failure, std::size_t /*size*/) override {
    require(failure.status >= 400);
  }
  [[nodiscard]] std::string_view date() const override { return "today"; }
  void on_malformed() override {}

  void consume() {
    for (const auto& [id, stream] : streams_) session_.consume(id, stream->take_waiting());
  }

  std::uint8_t manner_;
  std::uint32_t now_ = 0;
  http2::StreamId id_ = 0;
  std::size_t waiting_ = 0;
  std::unordered_map<http2::StreamId, std::unique_ptr<Request>> streams_;
  http2::Session session_{static_cast<http2::Session::Observer&>(*this), options()};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  Server server(static_cast<std::uint8_t>(rest.front()));
  rest.remove_prefix(1);
  server.receive(http2::kPreface);
  server.receive(kSettings);
  while (!rest.empty()) {
    const auto length = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    const std::string_view piece = rest.substr(0, length);
    if (!piece.empty()) server.receive(piece);
    rest.remove_prefix(piece.size());
  }
  return 0;
}
