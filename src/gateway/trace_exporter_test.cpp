#include "gateway/trace_exporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>

#include "gateway/testing/test_origin.hpp"

namespace millrace::gateway {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class TraceExporterTest : public testing::Test {
 protected:
  void start() {
    options_.collector = {.host = "127.0.0.1",
                          .port = collector_.port(),
                          .authority = "127.0.0.1:" + collector_.port(),
                          .path = "/v1/traces"};
    exporter_.emplace(loop_, options_, nullptr, counted_, log_);
  }

  void add(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) exporter_->add(tracing::Span());
  }

  void run_until(const std::function<bool()>& condition) {
    while (!condition()) loop_.run();
  }

  /// Waits for the request number `count` and responds to it.
  std::string& take(std::size_t count, const std::string& status) {
    run_until([&] {
      return collector_.peers.size() >= count &&
             collector_.peers[count - 1].got.ends_with("]}]}]}");
    });
    TestPeer& peer = collector_.peers[count - 1];
    peer.say("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    run_until([&] { return peer.ended || peer.closed; });
    return peer.got;
  }

  net::EventLoop loop_;
  observe::Log log_{false};
  metrics::TraceMetrics counted_;
  TestOrigin collector_{loop_, [this] { loop_.stop(); }};
  TraceExporterOptions options_{.collector = {},
                                .fields = "Api-Key: secret\r\n",
                                .resource = {{"service.name", "shop"}},
                                .version = "1",
                                .interval = hours(1),
                                .timeout = hours(1),
                                .backoff = milliseconds(1)};
  std::optional<TraceExporter> exporter_;
};

TEST_F(TraceExporterTest, SendsAFullBatchAtOnce) {
  start();
  add(TraceExporter::kMostInBatch);
  const std::string& got = take(1, "200 OK");
  EXPECT_THAT(got, AllOf(StartsWith("POST /v1/traces HTTP/1.1\r\n"), HasSubstr("Api-Key: secret"),
                         HasSubstr("content-type: application/json"),
                         HasSubstr(R"("stringValue":"shop")")));
  EXPECT_EQ(counted_.exported.value(), TraceExporter::kMostInBatch);
}

TEST_F(TraceExporterTest, SendsAnIncompleteBatchAfterItsInterval) {
  options_.interval = milliseconds(1);
  start();
  add(1);
  take(1, "200 OK");
  add(2);
  take(2, "202 Accepted");
  EXPECT_EQ(counted_.exported.value(), 3U);
}

TEST_F(TraceExporterTest, RepeatsABatchThatTheCollectorCannotTakeNow) {
  start();
  add(3);
  exporter_->flush();
  const std::string first = take(1, "503 Service Unavailable");
  EXPECT_EQ(take(2, "200 OK"), first);
  EXPECT_EQ(counted_.exported.value(), 3U);
  EXPECT_EQ(counted_.failed.value(), 0U);
}

TEST_F(TraceExporterTest, DropsABatchThatTheCollectorRefuses) {
  start();
  add(3);
  exporter_->flush();
  take(1, "400 Bad Request");
  EXPECT_EQ(counted_.failed.value(), 3U);
}

TEST_F(TraceExporterTest, DropsABatchAfterSomeAttempts) {
  start();
  add(3);
  exporter_->flush();
  for (int i = 1; i <= TraceExporter::kMostAttempts; ++i) {
    take(static_cast<std::size_t>(i), "503 Service Unavailable");
  }
  EXPECT_EQ(counted_.failed.value(), 3U);
  EXPECT_EQ(counted_.exported.value(), 0U);
}

TEST_F(TraceExporterTest, DropsSpansThatTheCollectorIsTooSlowFor) {
  start();
  add(TraceExporter::kMostInBatch + TraceExporter::kMostWaiting + 7);
  EXPECT_EQ(counted_.dropped.value(), 7U);
  // The rest follows, batch by batch.
  for (std::size_t i = 1; i <= 5; ++i) take(i, "200 OK");
  EXPECT_EQ(counted_.exported.value(), TraceExporter::kMostInBatch + TraceExporter::kMostWaiting);
}

TEST_F(TraceExporterTest, LosesSpansWithoutACollector) {
  start();
  options_.collector.port = "1";
  exporter_.emplace(loop_, options_, nullptr, counted_, log_);
  add(2);
  exporter_->flush();
  net::Timer tick(loop_, [this] { loop_.stop(); });
  run_until([&] {
    tick.set_after(milliseconds(1));
    return counted_.failed.value() == 2;
  });
}

}  // namespace
}  // namespace millrace::gateway
