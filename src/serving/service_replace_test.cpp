#include "serving/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "serving/test_service.hpp"

namespace millrace::serving {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::IsEmpty;

using ServiceReplaceTest = ServiceTest;

TEST_F(ServiceReplaceTest, AReplacementIsPromotedWhenItsFleetIsReady) {
  service_->deploy(build("one"));
  const auto outcome = replace(build("two"));
  ASSERT_EQ(fleets_.size(), 2U);
  EXPECT_TRUE(fleet(1)->loads.at(0).eager);
  EXPECT_EQ(fleet(1)->loads[0].generation, 2U);
  EXPECT_EQ(fleet(1)->pools[0].options.min, 1U) << "a worker must load the routes";
  turn();
  EXPECT_EQ(in_service(), "one");
  EXPECT_EQ(outcome->calls, 0);
  fleet(1)->become_ready();
  EXPECT_EQ(in_service(), "one") << "not inside a call of the fleet";
  turn();
  EXPECT_TRUE(outcome->promoted());
  EXPECT_EQ(in_service(), "two");
  EXPECT_EQ(service_->site()->generation, 2U);
  EXPECT_EQ(service_->fleet(), fleet(1).get());
  EXPECT_EQ(fleet(0)->drained_as, Failure::stale_generation);
}

TEST_F(ServiceReplaceTest, ADrainedFleetIsDestroyed) {
  service_->deploy(build("one"));
  const auto outcome = replace(build("two"));
  fleet(1)->become_ready();
  turn();
  EXPECT_FALSE(gone(0));
  fleet(0)->finish_draining();
  turn();
  EXPECT_TRUE(gone(0));
  EXPECT_TRUE(outcome->promoted());
}

TEST_F(ServiceReplaceTest, TheFirstReplacementIsPromoted) {
  const auto outcome = replace(build("one"));
  EXPECT_EQ(service_->fleet(), nullptr);
  fleet(0)->become_ready();
  turn();
  EXPECT_TRUE(outcome->promoted());
  EXPECT_EQ(in_service(), "one");
}

TEST_F(ServiceReplaceTest, AReplacementThatCannotLoadChangesNothing) {
  service_->deploy(build("one"));
  const auto outcome = replace(build("two"));
  fleet(1)->fail_to_load("/api/a: no such luck");
  turn();
  EXPECT_TRUE(outcome->rejected(ErrorCode::broken));
  EXPECT_EQ(outcome->error->message(), "/api/a: no such luck");
  EXPECT_EQ(in_service(), "one");
  EXPECT_EQ(fleet(1)->drained_as, Failure::unavailable);
  EXPECT_FALSE(fleet(0)->drained_as);
  fleet(1)->finish_draining();
  turn();
  EXPECT_TRUE(gone(1));
}

TEST_F(ServiceReplaceTest, TheFirstEventOfAFleetDecides) {
  service_->deploy(build("one"));
  const auto failed = replace(build("two"));
  fleet(1)->fail_to_load("first");
  fleet(1)->become_ready();
  turn();
  EXPECT_TRUE(failed->rejected(ErrorCode::broken));
  EXPECT_EQ(in_service(), "one");
  const auto promoted = replace(build("three"));
  fleet(2)->become_ready();
  fleet(2)->fail_to_load("too late");
  turn();
  EXPECT_TRUE(promoted->promoted());
  EXPECT_EQ(in_service(), "three");
}

TEST_F(ServiceReplaceTest, ABuildThatCannotBeCompiledIsRejected) {
  service_->deploy(build("one"));
  Deployment broken = build("two");
  broken.manifest.rules.headers.emplace_back().regex = "(";
  const auto outcome = replace(std::move(broken));
  fleet(1)->become_ready();
  turn();
  EXPECT_TRUE(outcome->rejected(ErrorCode::broken));
  EXPECT_EQ(in_service(), "one");
}

TEST_F(ServiceReplaceTest, ASuccessfulProbePromotes) {
  service_->deploy(build("one"));
  const auto outcome = replace(probed("two"));
  fleet(1)->become_ready();
  turn();
  EXPECT_EQ(in_service(), "one");
  auto& call = fleet(1)->workers().last();
  EXPECT_EQ(call.target, "/api/a");
  EXPECT_EQ(call.generation, 2U);
  fleet(1)->workers().respond(call, 404, "");
  EXPECT_EQ(outcome->calls, 0) << "not inside a call of the probe";
  turn();
  EXPECT_TRUE(outcome->promoted());
  EXPECT_EQ(in_service(), "two");
  EXPECT_THAT(fleet(0)->workers().calls, IsEmpty()) << "the old fleet gets no probe";
}

TEST_F(ServiceReplaceTest, AProbeWithAServerErrorRejects) {
  service_->deploy(build("one"));
  const auto outcome = replace(probed("two"));
  fleet(1)->become_ready();
  turn();
  fleet(1)->workers().respond(fleet(1)->workers().last(), 503, "");
  turn();
  EXPECT_TRUE(outcome->rejected(ErrorCode::broken));
  EXPECT_THAT(outcome->error->message(), HasSubstr("found 503"));
  EXPECT_EQ(in_service(), "one");
  EXPECT_EQ(fleet(1)->drained_as, Failure::unavailable);
}

TEST_F(ServiceReplaceTest, AProbeWhoseWorkerEndsRejects) {
  const auto outcome = replace(probed("one"));
  fleet(0)->become_ready();
  turn();
  fleet(0)->workers().fail(fleet(0)->workers().last(), Failure::worker_died);
  turn();
  EXPECT_TRUE(outcome->rejected(ErrorCode::broken));
}

TEST_F(ServiceReplaceTest, AProbeWithoutARouteRejects) {
  Deployment deployment = build("one");
  deployment.probe = "/api/none";
  const auto outcome = replace(std::move(deployment));
  fleet(0)->become_ready();
  turn();
  EXPECT_TRUE(outcome->rejected(ErrorCode::broken));
  EXPECT_THAT(outcome->error->message(), HasSubstr("found no route"));
}

TEST_F(ServiceReplaceTest, AProbeThatNoWorkerTakesRejects) {
  const auto outcome = replace(probed("one"));
  fleet(0)->workers().then = workers::Dispatch::refused;
  fleet(0)->become_ready();
  turn();
  EXPECT_TRUE(outcome->rejected(ErrorCode::broken));
  EXPECT_THAT(outcome->error->message(), HasSubstr("found no worker"));
}

TEST_F(ServiceReplaceTest, ALaterReplacementSupersedesALoadingOne) {
  service_->deploy(build("one"));
  const auto first = replace(build("two"));
  const auto second = replace(build("three"));
  EXPECT_TRUE(first->rejected(ErrorCode::conflict));
  EXPECT_THAT(first->error->message(), HasSubstr("superseded"));
  EXPECT_EQ(fleet(1)->drained_as, Failure::unavailable);
  // The first fleet becomes ready too late.
  fleet(1)->become_ready();
  turn();
  EXPECT_EQ(in_service(), "one");
  EXPECT_EQ(second->calls, 0);
  fleet(2)->become_ready();
  turn();
  EXPECT_TRUE(second->promoted());
  EXPECT_EQ(in_service(), "three");
  EXPECT_EQ(first->calls, 1);
}

TEST_F(ServiceReplaceTest, ALaterReplacementSupersedesOneThatBecameReadyThisTurn) {
  const auto first = replace(build("one"));
  fleet(0)->become_ready();
  const auto second = replace(build("two"));
  turn();
  EXPECT_TRUE(first->rejected(ErrorCode::conflict));
  EXPECT_EQ(second->calls, 0) << "a task of the first replacement must not act on the second";
  EXPECT_EQ(service_->fleet(), nullptr);
  fleet(1)->become_ready();
  turn();
  EXPECT_TRUE(second->promoted());
}

TEST_F(ServiceReplaceTest, ALaterReplacementSupersedesAProbingOne) {
  for (const auto dispatch : {workers::Dispatch::open, workers::Dispatch::queued}) {
    fleets_.clear();
    make();
    const auto first = replace(probed("one"));
    fleet(0)->workers().then = dispatch;
    fleet(0)->become_ready();
    turn();
    ASSERT_EQ(fleet(0)->workers().calls.size(), 1U);
    const auto second = replace(build("two"));
    EXPECT_TRUE(first->rejected(ErrorCode::conflict));
    turn();
    EXPECT_EQ(second->calls, 0);
    fleet(1)->become_ready();
    turn();
    EXPECT_TRUE(second->promoted());
    EXPECT_EQ(first->calls, 1);
  }
}

TEST_F(ServiceReplaceTest, DrainingFleetsAreBounded) {
  service_->deploy(build("one"));
  for (std::size_t i = 1; i <= Service::kMostDraining; ++i) {
    const auto outcome = replace(build("more"));
    fleet(i)->become_ready();
    turn();
    ASSERT_TRUE(outcome->promoted()) << i;
  }
  const auto refused = replace(build("one more"));
  EXPECT_TRUE(refused->rejected(ErrorCode::exhausted));
  EXPECT_EQ(fleets_.size(), Service::kMostDraining + 1);
  fleet(0)->finish_draining();
  turn();
  const auto outcome = replace(build("now"));
  fleet(Service::kMostDraining + 1)->become_ready();
  turn();
  EXPECT_TRUE(outcome->promoted());
}

TEST_F(ServiceReplaceTest, APendingReplacementCountsAsDraining) {
  service_->deploy(build("one"));
  for (std::size_t i = 1; i < Service::kMostDraining; ++i) {
    const auto outcome = replace(build("more"));
    fleet(i)->become_ready();
    turn();
    ASSERT_TRUE(outcome->promoted()) << i;
  }
  const auto pending = replace(build("pending"));
  const auto refused = replace(build("later"));
  EXPECT_TRUE(refused->rejected(ErrorCode::exhausted));
  EXPECT_EQ(pending->calls, 0);
  fleet(Service::kMostDraining)->become_ready();
  turn();
  EXPECT_TRUE(pending->promoted());
}

}  // namespace
}  // namespace millrace::serving
