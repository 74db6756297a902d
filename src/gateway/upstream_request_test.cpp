// Requests to an upstream, which listens on loopback and sends what the test says.
#include "gateway/upstream_request.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/listener.hpp"

namespace millrace::gateway {
namespace {

/// The upstream: one connection, whose part a test plays.
class OtherServer final : private net::Stream::Observer {
 public:
  OtherServer(net::EventLoop& loop, std::function<void()> on_change)
      : loop_(loop), on_change_(std::move(on_change)) {
    auto bound = net::bind_sockets("127.0.0.1", 0);
    EXPECT_TRUE(bound) << bound.error().message();
    port_ = std::to_string(bound.value().port);
    listener_.emplace(
        loop, std::move(bound.value().sockets.front()),
        [this](base::UniqueFd socket, const net::Peer&) { accept(std::move(socket)); });
  }
  ~OtherServer() override {
    if (stream_) stream_->close();
  }

  [[nodiscard]] const std::string& port() const { return port_; }
  /// The received bytes.
  [[nodiscard]] const std::string& got() const { return got_; }
  [[nodiscard]] bool is_left() const { return left_; }

  void send(std::string_view text) { stream_->write(text); }
  void end() { stream_->finish(); }
  void break_off() { stream_->reset(); }
  /// Stops listening.
  void close() { listener_.reset(); }

 private:
  void accept(base::UniqueFd socket) {
    listener_->stop();
    stream_ = net::Stream::adopt(loop_, std::move(socket),
                                 static_cast<net::Stream::Observer&>(*this), {});
    stream_->start();
    on_change_();
  }
  std::size_t on_bytes(std::string_view input) override {
    got_ += input;
    on_change_();
    return input.size();
  }
  void on_closed() override {
    left_ = true;
    on_change_();
  }
  void on_drained() override {}

  net::EventLoop& loop_;
  std::function<void()> on_change_;
  std::string port_;
  std::optional<net::Listener> listener_;
  std::shared_ptr<net::Stream> stream_;
  std::string got_;
  bool left_ = false;
};

class UpstreamRequestTest : public testing::Test, protected ResponseSource::Observer {
 protected:
  UpstreamRequestTest() {
    target_.host = "127.0.0.1";
    target_.port = other_.port();
    target_.authority = "other.example";
    target_.path = "/path?query";
    head_.method = "GET";
  }

  void begin(std::string fields = {}) {
    request_ = std::make_unique<UpstreamRequest>(loop_, pool_,
                                                 UpstreamCall{.target = target_,
                                                              .name = "other",
                                                              .fields = std::move(fields),
                                                              .timeout = timeout_,
                                                              .descriptor = nullptr},
                                                 head_, nullptr,
                                                 static_cast<ResponseSource::Observer&>(*this));
    request_->begin();
  }

  /// Makes the upstream send `text` as soon as it has received the request's head.
  void answer_with(const std::string& text) {
    begin();
    run_until([this] { return other_.got().ends_with("\r\n\r\n"); });
    other_.send(text);
  }

  void run_until(std::function<bool()> reached) {
    reached_ = std::move(reached);
    if (!reached_()) loop_.run();
    reached_ = nullptr;
  }
  void run_to_the_end() {
    run_until([this] { return ended_ || failure_; });
  }
  void check() {
    if (reached_ && reached_()) loop_.stop();
  }

  void on_response(const link::ResponseView& response, bool end) override {
    status_ = response.status;
    reason_ = response.reason;
    fields_ = response.fields;
    on_body(response.body, end);
  }
  void on_body(std::string_view bytes, bool end) override {
    EXPECT_FALSE(ended_ || failure_);
    body_ += bytes;
    ended_ = end;
    if (credits_at_once_) request_->credit(bytes.size());
    if (on_piece_) on_piece_();
    check();
  }
  void on_writable() override {
    ++writable_;
    check();
  }
  void on_failed(SourceFailure failure, std::string_view reason) override {
    EXPECT_FALSE(ended_ || failure_);
    constexpr std::string_view kWhat = "cannot forward a request to other: ";
    EXPECT_EQ(failure, SourceFailure::upstream);
    EXPECT_TRUE(reason.starts_with(kWhat)) << reason;
    failure_ = reason.substr(std::min(kWhat.size(), reason.size()));
    check();
  }

  net::EventLoop loop_;
  std::function<bool()> reached_;
  OtherServer other_{loop_, [this] { check(); }};
  UpstreamTarget target_;
  http::RequestHead head_;
  std::chrono::milliseconds timeout_{3'600'000};
  bool credits_at_once_ = true;
  std::function<void()> on_piece_;

  int status_ = 0;
  std::string reason_;
  std::string fields_;
  std::string body_;
  bool ended_ = false;
  int writable_ = 0;
  std::optional<std::string> failure_;
  UpstreamPool pool_{loop_};
  std::unique_ptr<UpstreamRequest> request_;
};

TEST_F(UpstreamRequestTest, SendsTheHeadWithTheUpstreamsHostAndNoConnectionFields) {
  begin(
      "Host: client.example\r\nX-A: 1\r\nKeep-Alive: 5\r\nTE: "
      "trailers\r\nUpgrade: x\r\n"
      "Content-Length: 0\r\nX-B: 2\r\n");
  run_until([this] { return other_.got().ends_with("\r\n\r\n"); });
  EXPECT_EQ(other_.got(),
            "GET /path?query HTTP/1.1\r\nhost: other.example\r\nX-A: 1\r\nX-B: 2\r\n"
            "connection: close\r\n\r\n");
}

TEST_F(UpstreamRequestTest, ForwardsAResponseWithoutConnectionFields) {
  answer_with(
      "HTTP/1.1 201 Made Here\r\nContent-Length: 4\r\nConnection: "
      "keep-alive, X-Own\r\n"
      "Keep-Alive: 5\r\nX-Own: 1\r\nX-A: b\r\n\r\nbody");
  run_to_the_end();
  EXPECT_EQ(status_, 201);
  EXPECT_EQ(reason_, "Made Here");
  EXPECT_EQ(fields_, "Content-Length: 4\r\nX-A: b\r\n");
  EXPECT_EQ(body_, "body");
  EXPECT_TRUE(ended_);
}

TEST_F(UpstreamRequestTest, ReadsTheBodyHoweverItIsFramed) {
  answer_with(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
      "chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n");
  run_to_the_end();
  EXPECT_EQ(body_, "body");
  EXPECT_EQ(fields_, "");
  EXPECT_TRUE(ended_);
}

TEST_F(UpstreamRequestTest, EndOfTheConnectionEndsABodyWithoutALength) {
  answer_with("HTTP/1.1 200 OK\r\n\r\nbody");
  other_.end();
  run_to_the_end();
  EXPECT_EQ(body_, "body");
  EXPECT_TRUE(ended_);
}

TEST_F(UpstreamRequestTest, ResetDoesNotEndABody) {
  answer_with("HTTP/1.1 200 OK\r\n\r\nbody");
  run_until([this] { return body_ == "body"; });
  other_.break_off();
  run_to_the_end();
  EXPECT_EQ(failure_, "it closed the connection before its response was complete");
}

TEST_F(UpstreamRequestTest, FailsIfTheBodyIsShorterThanDeclared) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody");
  other_.end();
  run_to_the_end();
  EXPECT_EQ(body_, "body");
  EXPECT_EQ(failure_, "it closed the connection before its response was complete");
}

TEST_F(UpstreamRequestTest, FailsIfTheConnectionEndsBeforeTheResponse) {
  for (const std::string_view begun : {"", "HTTP/1.1 200 OK\r\nX-"}) {
    OtherServer other(loop_, [this] { check(); });
    target_.port = other.port();
    failure_.reset();
    begin();
    run_until([&] { return other.got().ends_with("\r\n\r\n"); });
    other.send(begun);
    other.end();
    run_to_the_end();
    EXPECT_EQ(failure_, "it closed the connection before its response was complete") << begun;
    EXPECT_EQ(status_, 0);
  }
}

TEST_F(UpstreamRequestTest, FailsForAnInvalidResponse) {
  answer_with("SSH-2.0-other\r\n\r\n");
  run_to_the_end();
  EXPECT_EQ(failure_, "its response is not valid HTTP");
}

TEST_F(UpstreamRequestTest, WaitsForTheFinalResponse) {
  answer_with(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  run_to_the_end();
  EXPECT_EQ(status_, 200);
  EXPECT_TRUE(ended_);
}

TEST_F(UpstreamRequestTest, RecognisesResponsesWithoutABody) {
  head_.method = "HEAD";
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  run_to_the_end();
  EXPECT_TRUE(ended_);
  EXPECT_EQ(fields_, "Content-Length: 10\r\n");
}

TEST_F(UpstreamRequestTest, ReportsThatTheUpstreamCannotBeReached) {
  other_.close();
  begin();
  run_to_the_end();
  EXPECT_NE(failure_.value_or(""), "");
}

TEST_F(UpstreamRequestTest, FailsIfTheUpstreamIsSilent) {
  timeout_ = std::chrono::milliseconds(1);
  begin();
  run_to_the_end();
  EXPECT_EQ(failure_, "it did not respond in time");
}

TEST_F(UpstreamRequestTest, FailsForTlsWithoutTrustedCertificates) {
  target_.secure = true;
  begin();
  run_to_the_end();
  EXPECT_EQ(failure_, "no trusted certificates are loaded");
}

TEST_F(UpstreamRequestTest, SendsABodyOfDeclaredLengthUnchanged) {
  head_.method = "POST";
  head_.has_body = true;
  begin("Content-Length: 8\r\n");
  EXPECT_EQ(request_->body_room(), 0U) << "there is no connection yet";
  run_until([this] { return writable_ > 0; });
  EXPECT_GT(request_->body_room(), 0U);
  request_->send_body("half", false);
  request_->send_body("half", true);
  run_until([this] { return other_.got().ends_with("halfhalf"); });
  EXPECT_EQ(other_.got(),
            "POST /path?query HTTP/1.1\r\nhost: "
            "other.example\r\nContent-Length: 8\r\n"
            "connection: close\r\n\r\nhalfhalf");
}

TEST_F(UpstreamRequestTest, SendsABodyWithoutALengthInChunks) {
  head_.method = "POST";
  head_.has_body = true;
  begin();
  run_until([this] { return writable_ > 0; });
  request_->send_body("half", false);
  request_->send_body("ends", true);
  run_until([this] { return other_.got().ends_with("0\r\n\r\n"); });
  EXPECT_EQ(other_.got(),
            "POST /path?query HTTP/1.1\r\nhost: "
            "other.example\r\ntransfer-encoding: chunked\r\n"
            "connection: close\r\n\r\n4\r\nhalf\r\n4\r\nends\r\n0\r\n\r\n");
}

TEST_F(UpstreamRequestTest, AcceptsNoBodyAfterTheResponse) {
  head_.method = "POST";
  head_.has_body = true;
  begin("Content-Length: 100\r\n");
  run_until([this] { return other_.got().ends_with("\r\n\r\n"); });
  other_.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  run_to_the_end();
  EXPECT_EQ(request_->body_room(), 0U);
  request_->send_body("more", false);
}

TEST_F(UpstreamRequestTest, ReadsNoMoreThanTheClientTakes) {
  credits_at_once_ = false;
  constexpr std::size_t kSize = 2'000'000;
  constexpr std::size_t kMostHeld = std::size_t{256} * 1024;
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + std::string(kSize, 'x'));
  run_until([&] { return body_.size() >= kMostHeld; });
  loop_.post([this] { loop_.post([this] { loop_.stop(); }); });
  loop_.run();
  EXPECT_LT(body_.size(), 2 * kMostHeld);
  std::size_t taken = 0;
  while (!ended_) {
    request_->credit(body_.size() - std::exchange(taken, body_.size()));
    const std::size_t before = body_.size();
    run_until([&] { return ended_ || body_.size() > before; });
    EXPECT_LE(body_.size() - taken, 2 * kMostHeld);
  }
  EXPECT_EQ(body_.size(), kSize);
}

TEST_F(UpstreamRequestTest, ClosesTheConnectionWhenCancelled) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody");
  run_until([this] { return body_ == "body"; });
  request_->cancel();
  run_until([this] { return other_.is_left(); });
  EXPECT_FALSE(ended_);
  EXPECT_FALSE(failure_);
}

TEST_F(UpstreamRequestTest, CanBeDestroyedInAnyOfItsCalls) {
  on_piece_ = [this] {
    credits_at_once_ = false;
    request_.reset();
  };
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody");
  run_until([this] { return other_.is_left(); });
  EXPECT_EQ(request_, nullptr);
  EXPECT_FALSE(failure_);
}

}  // namespace
}  // namespace millrace::gateway
