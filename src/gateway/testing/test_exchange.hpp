// Runs exchanges in memory: with clients that record what they receive, upstreams and workers whose
// part a test plays, and a clock that it controls. No socket is opened and no time passes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/development_hosts.hpp"
#include "gateway/exchange.hpp"
#include "gateway/testing/test_dispatcher.hpp"
#include "gateway/testing/test_rules.hpp"
#include "gateway/testing/test_site.hpp"
#include "gateway/testing/test_upstream.hpp"

namespace millrace::gateway {

/// A client's request.
struct TestRequest {
  std::string method = "GET";
  std::string target = "/";
  std::string fields = "Host: localhost:3000\r\n";
  bool has_body = false;
};

/// A POST whose body follows.
[[nodiscard]] TestRequest post(std::string target);

/// The rules for requests by their path of a test's server.
struct TestTraffic {
  /// The time by which rates are counted.
  std::chrono::nanoseconds rate_time = std::chrono::hours(1);
  TrafficControl rules{[this] { return rate_time; }};
  bool has_rules = false;
};

/// The server that an exchange belongs to.
class TestContext final : public ExchangeContext, public TestTraffic {
 public:
  TestContext();
  ~TestContext() override;

  // ExchangeContext
  [[nodiscard]] const std::shared_ptr<const Site>& site() const override { return site_in_service; }
  [[nodiscard]] const EdgeOptions& edge() const override { return edge_; }
  [[nodiscard]] TrafficControl* traffic() override { return has_rules ? &rules : nullptr; }
  [[nodiscard]] bool paused() const override { return is_paused; }
  [[nodiscard]] bool shutting_down() const override { return is_shutting_down; }
  void enqueue(Exchange& exchange) override { waiting.push_back(&exchange); }
  void dequeue(Exchange& exchange) override { std::erase(waiting, &exchange); }
  void want_route(const std::string& file) override { wanted.push_back(file); }
  [[nodiscard]] bool is_directed_here(std::string_view /*fields*/,
                                      const net::Peer& /*peer*/) const override {
    return true;
  }
  [[nodiscard]] bool accepts_host(std::string_view fields) const override {
    return !hosts || hosts->accepts(fields);
  }
  [[nodiscard]] metrics::ServerMetrics& metrics() override { return counted; }
  [[nodiscard]] ResponseCache& responses() override { return cache; }
  [[nodiscard]] net::EventLoop& loop() override { return event_loop; }
  [[nodiscard]] CompressionQueue& compression() override { return queue; }
  [[nodiscard]] std::unique_ptr<ResponseSource> make_upstream(
      UpstreamCall call, const http::RequestHead& head,
      ResponseSource::Observer& observer) override;
  [[nodiscard]] const std::shared_ptr<base::MemoryBudget>& memory() const override {
    return budget;
  }
  [[nodiscard]] bool make_room(const Exchange& asking) override;
  [[nodiscard]] ClientTable::Lease take_descriptor() override;
  void log(observe::Level level, std::string_view text) override;
  void log_notice(Notice notice, std::string_view text) override;

  /// Serves `site` to new requests; waiting ones resume.
  void serve(std::shared_ptr<const Site> site);

  std::shared_ptr<const Site> site_in_service;
  EdgeOptions edge_;
  bool is_paused = false;
  bool is_shutting_down = false;
  std::vector<Exchange*> waiting;
  /// The files of the routes that exchanges have waited for, in order.
  std::vector<std::string> wanted;
  std::optional<DevelopmentHosts> hosts;
  net::EventLoop event_loop;
  CompressionQueue queue{event_loop};
  cache::Scopes scopes;
  cache::Clock::time_point now{std::chrono::hours(1)};
  std::shared_ptr<base::MemoryBudget> budget;
  ResponseCache cache;
  /// The requests to upstreams, in order.
  std::deque<TestUpstream> upstreams;
  /// The number of descriptors in use, followed by the limit.
  std::shared_ptr<std::size_t> descriptors = std::make_shared<std::size_t>(0);
  std::size_t most_descriptors = 16;
  /// Called to free memory; null: no memory is freed.
  std::function<void()> on_make_room;
  metrics::ServerMetrics counted;
  std::vector<std::string> logged;
  std::vector<Notice> notices;
};

/// A client with its request and the exchange for it, which is destroyed as by a connection: at the
/// end of the response, or when it is cut.
class TestClient final : public Transport {
 public:
  TestClient(ExchangeContext& context, TestRequest request);

  void start() { exchange_->start(); }

  /// The client closes its connection.
  void leave() { exchange_.reset(); }

  [[nodiscard]] std::size_t body_room() const { return exchange_ ? exchange_->body_room() : 0; }
  [[nodiscard]] std::size_t held_bytes() const { return exchange_->held_bytes(); }
  [[nodiscard]] bool waits() const { return exchange_->waiting(); }
  /// Sends a piece of the body, for which the exchange must have room.
  void send(std::string_view bytes, bool end = false);

  /// Takes the unsent bytes, and up to `bytes` further ones at once.
  void read(std::size_t bytes = SIZE_MAX);

  /// Returns status and body of a complete response; otherwise what is missing.
  [[nodiscard]] std::string response() const;
  /// Returns the value of a response field; "" where there is none.
  [[nodiscard]] std::string field(std::string_view name) const;

  /// The number of body bytes that the client takes at once; later ones wait for read().
  std::size_t takes = SIZE_MAX;
  int asked_for_body = 0;

  std::uint16_t status = 0;
  std::string fields;
  std::string body;
  /// The fields with which the protocol was switched.
  std::string switched;
  /// The fields of each 103 response.
  std::vector<std::string> hints;
  std::optional<std::uint64_t> declared_length;
  std::size_t pieces = 0;
  bool ended = false;
  bool was_cut = false;

 private:
  // Transport
  void send_response(const http::ResponseHead& head, std::string_view bytes, bool end) override;
  void send_head(const http::ResponseHead& head, std::uint64_t length) override;
  void send_body(std::string_view bytes, bool end) override { take(bytes, end); }
  [[nodiscard]] std::size_t unsent() const override { return unsent_; }
  void want_body() override { ++asked_for_body; }
  void send_early_hints(std::string_view given) override { hints.emplace_back(given); }
  void switch_protocols(std::string_view given) override { switched = given; }
  void cut() override;

  void begin(const http::ResponseHead& head);
  void take(std::string_view bytes, bool end);

  TestRequest request_;
  http::RequestHead head_;
  net::Peer peer_{.address = "192.0.2.1", .port = 4711, .local_port = 3000, .local_host = "[::1]"};
  std::size_t unsent_ = 0;
  std::optional<Exchange> exchange_;
};

/// A site with the routes /api/[id] of pages/api, /app/[id] of app/, and /static/[id] with static
/// GETs; `workers_` runs them.
class ExchangeTest : public testing::Test {
 protected:
  ExchangeTest();

  /// Serves `plan_`.
  void serve() { context_.serve(next_site()); }
  [[nodiscard]] std::shared_ptr<const Site> next_site();

  /// Sends a request; the exchange has started afterwards.
  TestClient& ask(TestRequest request);
  TestClient& get(std::string target) { return ask({.target = std::move(target)}); }

  /// The last invocation.
  [[nodiscard]] TestDispatcher::Call& call() { return workers_->last(); }
  [[nodiscard]] TestUpstream& upstream() { return context_.upstreams.back(); }

  /// Runs the tasks for the end of the turn, once.
  void turn();

  static constexpr std::uint32_t kPages = 0;
  static constexpr std::uint32_t kApp = 1;
  static constexpr std::uint32_t kStatic = 2;
  /// The middleware's number is the one after the routes'.
  static constexpr std::uint32_t kMiddleware = 3;

  std::shared_ptr<TestDispatcher> workers_ = std::make_shared<TestDispatcher>();
  SitePlan plan_;
  TestContext context_;
  std::deque<TestClient> clients_;
};

}  // namespace millrace::gateway
