#include "gateway/probe.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "gateway/testing/test_dispatcher.hpp"
#include "gateway/testing/test_site.hpp"

namespace millrace::gateway {
namespace {

using workers::Dispatch;
using workers::Failure;

class ProbeTest : public testing::Test {
 protected:
  ProbeTest() {
    plan_.routes = {route_at("/api/health"), route_at("/api/[id]")};
    plan_.dispatcher = workers_;
  }

  /// Returns why the probe could not be sent; empty where it was sent.
  std::string start(std::string_view path) {
    probe_ = std::make_unique<Probe>(site_of(plan_), std::string(path),
                                     [this](const base::Result<void>& result) {
                                       ++calls_;
                                       outcome_ = result ? "" : result.error().message();
                                     });
    const auto asked = probe_->start();
    return asked ? "" : asked.error().message();
  }

  std::shared_ptr<TestDispatcher> workers_ = std::make_shared<TestDispatcher>();
  SitePlan plan_;
  int calls_ = 0;
  /// The result; nothing before there is one, empty for success.
  std::optional<std::string> outcome_;
  std::unique_ptr<Probe> probe_;
};

TEST_F(ProbeTest, SendsTheRequestOfALocalClient) {
  plan_.config.base_path = "/docs";
  EXPECT_EQ(start("/docs/api/7?deep=1"), "");
  const TestDispatcher::Call& call = workers_->last();
  EXPECT_EQ(call.generation, 7U);
  EXPECT_EQ(call.route, 1U);
  EXPECT_EQ(call.method, "GET");
  EXPECT_EQ(call.target, "/docs/api/7?deep=1");
  EXPECT_EQ(call.parameters, "7");
  EXPECT_EQ(call.fields, "Host: localhost\r\n");
  EXPECT_FALSE(call.fill);
  EXPECT_FALSE(call.has_body);
}

TEST_F(ProbeTest, SucceedsWithAnyStatusBelow500) {
  for (const std::uint16_t status : {200, 204, 307, 404, 499}) {
    EXPECT_EQ(start("/api/health"), "");
    EXPECT_EQ(outcome_, std::nullopt);
    workers_->respond(workers_->last(), status, {});
    EXPECT_EQ(outcome_, "") << status;
    outcome_.reset();
  }
}

TEST_F(ProbeTest, ReportsTheServerErrorItFound) {
  for (const std::uint16_t status : {500, 503, 599}) {
    EXPECT_EQ(start("/api/health"), "");
    workers_->respond(workers_->last(), status, {});
    EXPECT_EQ(outcome_,
              "the probe /api/health (millrace.toml, [server] probe): expected a status below "
              "500, found " +
                  std::to_string(status));
  }
}

TEST_F(ProbeTest, FailsForAnInterimStatus) {
  EXPECT_EQ(start("/api/health"), "");
  workers_->respond(workers_->last(), 103, {}, {}, false);
  EXPECT_NE(outcome_, std::nullopt);
  EXPECT_NE(outcome_, "");
}

TEST_F(ProbeTest, ReportsThatThereWasNoResponse) {
  for (const Failure failure : {Failure::worker_died, Failure::deadline, Failure::unavailable}) {
    EXPECT_EQ(start("/api/health"), "");
    workers_->fail(workers_->last(), failure);
    ASSERT_TRUE(outcome_);
    EXPECT_NE(outcome_->find("found no response: the worker ended, or the request timed out"),
              std::string::npos);
    outcome_.reset();
  }
}

TEST_F(ProbeTest, FailsAtOnceWithoutARoute) {
  for (const std::string_view path : {"/elsewhere", "/api/%FF", "/api/health/", "//", "api", ""}) {
    EXPECT_NE(start(path).find("found no route"), std::string::npos) << path;
  }
  EXPECT_TRUE(workers_->calls.empty());
  EXPECT_EQ(calls_, 0);
}

TEST_F(ProbeTest, FailsAtOnceWithoutAWorker) {
  for (const Dispatch refusal :
       {Dispatch::refused, Dispatch::paused, Dispatch::outdated, Dispatch::too_large}) {
    workers_->next = refusal;
    EXPECT_NE(start("/api/health").find("found no worker"), std::string::npos);
  }
  EXPECT_EQ(calls_, 0);
}

TEST_F(ProbeTest, MayWaitForAWorker) {
  workers_->next = Dispatch::queued;
  EXPECT_EQ(start("/api/7"), "");
  workers_->take(workers_->last());
  EXPECT_EQ(workers_->last().parameters, "7");
  workers_->respond(workers_->last(), 200, {});
  EXPECT_EQ(outcome_, "");
}

TEST_F(ProbeTest, DoesNotWaitForTheEndOfTheBody) {
  EXPECT_EQ(start("/api/health"), "");
  workers_->respond(workers_->last(), 200, {}, "first of many", false);
  EXPECT_EQ(outcome_, "");
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(workers_->last().aborted, link::AbortReason::client_gone);
}

TEST_F(ProbeTest, MakesNoCallAfterItsDestruction) {
  EXPECT_EQ(start("/api/health"), "");
  probe_.reset();
  EXPECT_EQ(workers_->last().aborted, link::AbortReason::client_gone);
  EXPECT_EQ(calls_, 0);
}

TEST_F(ProbeTest, CanBeDestroyedByItsCall) {
  std::unique_ptr<Probe> probe;
  probe = std::make_unique<Probe>(site_of(plan_), "/api/health",
                                  [&probe](const base::Result<void>&) { probe.reset(); });
  ASSERT_TRUE(probe->start());
  workers_->respond(workers_->last(), 200, {}, "first of many", false);
  EXPECT_EQ(probe, nullptr);
}

}  // namespace
}  // namespace millrace::gateway
