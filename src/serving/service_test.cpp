#include "serving/service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

#include "serving/test_service.hpp"

namespace millrace::serving {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t kLast = std::numeric_limits<std::uint32_t>::max();

TEST_F(ServiceTest, TheFirstDeploymentStartsAFleet) {
  EXPECT_EQ(service_->fleet(), nullptr);
  EXPECT_EQ(service_->site(), nullptr);
  service_->deploy(build("one"));
  EXPECT_EQ(in_service(), "one");
  EXPECT_EQ(service_->site()->generation, 1U);
  ASSERT_EQ(fleet(0)->loads.size(), 1U);
  const workers::Load& load = fleet(0)->loads[0];
  EXPECT_EQ(load.generation, 1U);
  EXPECT_EQ(load.manifest, "/nowhere/one/manifest.json");
  EXPECT_EQ(load.root, "/nowhere");
  EXPECT_EQ(load.mode, "production");
  EXPECT_FALSE(load.eager);
  EXPECT_EQ(load.routes->size(), 1U);
  // As in the settings: a deploy does not force the pool to start a worker.
  EXPECT_EQ(fleet(0)->pools[0].options.min, 0U);
}

TEST_F(ServiceTest, ALaterDeploymentIsLoadedByTheSameFleet) {
  ServiceOptions options;
  options.development = true;
  make(std::move(options));
  service_->deploy(build("one"));
  Deployment second = build("two");
  second.environment_changes = R"({"KEY":"1"})";
  service_->deploy(std::move(second));
  EXPECT_EQ(in_service(), "two");
  ASSERT_EQ(fleets_.size(), 1U);
  ASSERT_EQ(fleet(0)->loads.size(), 2U);
  EXPECT_EQ(fleet(0)->loads[1].generation, 2U);
  EXPECT_EQ(fleet(0)->loads[1].mode, "development");
  EXPECT_EQ(fleet(0)->loads[1].environment_json, R"({"KEY":"1"})");
  EXPECT_FALSE(fleet(0)->drained_as);
}

TEST_F(ServiceTest, ADeploymentIsServedByItsFleet) {
  service_->deploy(build("one"));
  EXPECT_EQ(service_->site()->dispatcher.get(), &fleet(0)->dispatcher());
}

TEST_F(ServiceTest, AReadyFleetOfADeploymentChangesNothing) {
  service_->deploy(build("one"));
  fleet(0)->become_ready();
  fleet(0)->fail_to_load("no luck");
  turn();
  EXPECT_EQ(in_service(), "one");
  EXPECT_FALSE(fleet(0)->drained_as);
}

TEST_F(ServiceTest, EnvironmentGoesToTheFleetInService) {
  service_->set_environment({"A=1"});
  service_->deploy(build("one"));
  service_->set_environment({"A=2"});
  EXPECT_THAT(fleet(0)->environment, ElementsAre("A=2"));
}

TEST_F(ServiceTest, AFailureIsServedUntilTheNextDeployment) {
  service_->deploy(build("one"));
  service_->pause();
  service_->fail("does not compile");
  EXPECT_EQ(service_->site()->failure, "does not compile");
  EXPECT_FALSE(fleet(0)->drained_as) << "running workers are kept";
  service_->deploy(build("two"));
  EXPECT_EQ(service_->site()->failure, "");
  EXPECT_EQ(in_service(), "two");
  EXPECT_EQ(fleets_.size(), 1U);
}

TEST_F(ServiceTest, UsesTheLastGenerationNumberAndRefusesToWrapAround) {
  ServiceOptions options;
  options.generations_before = kLast - 1;
  make(std::move(options));
  service_->deploy(build("last"));
  ASSERT_NE(service_->site(), nullptr);
  EXPECT_EQ(service_->site()->generation, kLast);
  EXPECT_EQ(service_->site()->failure, "");
  const auto refused = replace(build("more"));
  ASSERT_TRUE(refused->rejected(ErrorCode::conflict));
  EXPECT_THAT(refused->error->message(), HasSubstr("restart it"));
  EXPECT_EQ(service_->site()->generation, kLast);
  service_->deploy(build("more"));
  EXPECT_EQ(service_->site()->failure, refused->error->message());
  EXPECT_EQ(fleet(0)->loads.size(), 1U);
}

/// Counts the calls of shut_down()'s callback.
class ServiceShutdownTest : public ServiceTest {
 protected:
  void shut_down() {
    service_->shut_down([this] { ++ended_; });
  }

  int ended_ = 0;
};

TEST_F(ServiceShutdownTest, WithoutAFleetEndsAtOnce) {
  shut_down();
  turn();
  EXPECT_EQ(ended_, 1);
}

TEST_F(ServiceShutdownTest, WaitsForTheFleetInService) {
  service_->deploy(build("one"));
  shut_down();
  turn();
  EXPECT_EQ(fleet(0)->drained_as, Failure::unavailable);
  EXPECT_EQ(ended_, 0);
  fleet(0)->finish_draining();
  turn();
  EXPECT_EQ(ended_, 1);
}

TEST_F(ServiceShutdownTest, WaitsForFleetsThatAreDraining) {
  service_->deploy(build("one"));
  replace(build("two"));
  fleet(1)->become_ready();
  turn();
  shut_down();
  turn();
  fleet(1)->finish_draining();
  turn();
  EXPECT_EQ(ended_, 0);
  fleet(0)->finish_draining();
  turn();
  EXPECT_EQ(ended_, 1);
}

TEST_F(ServiceShutdownTest, RejectsAPendingDeployment) {
  service_->deploy(build("one"));
  const auto outcome = replace(build("two"));
  shut_down();
  EXPECT_TRUE(outcome->rejected(ErrorCode::conflict));
  EXPECT_THAT(outcome->error->message(), HasSubstr("shutting down"));
  fleet(1)->become_ready();
  turn();
  EXPECT_EQ(in_service(), "one");
  fleet(0)->finish_draining();
  turn();
  EXPECT_EQ(ended_, 0);
  fleet(1)->finish_draining();
  turn();
  EXPECT_EQ(ended_, 1);
}

TEST_F(ServiceShutdownTest, EndsOnceIfOnlyAPendingFleetDrains) {
  replace(build("one"));
  shut_down();
  // Before the server has ended.
  fleet(0)->finish_draining();
  turn();
  EXPECT_EQ(ended_, 1);
}

TEST_F(ServiceShutdownTest, AllowsNoFurtherDeployment) {
  service_->deploy(build("one"));
  shut_down();
  EXPECT_TRUE(replace(build("two"))->rejected(ErrorCode::conflict));
  service_->deploy(build("three"));
  EXPECT_EQ(in_service(), "one");
  EXPECT_EQ(fleets_.size(), 1U);
  EXPECT_EQ(fleet(0)->loads.size(), 1U);
  turn();
  fleet(0)->finish_draining();
  turn();
  EXPECT_EQ(ended_, 1);
}

TEST_F(ServiceTest, CanBeDestroyedBeforeItsPostedTasksRun) {
  service_->deploy(build("one"));
  replace(build("two"));
  const auto old = fleet(0);
  const auto pending = fleet(1);
  pending->become_ready();
  old->finish_draining();
  service_.reset();
  turn();
  EXPECT_FALSE(pending->drained_as);
}

TEST_F(ServiceTest, PassesCacheRequestsToTheCache) {
  service_->deploy(build("one"));
  EXPECT_FALSE(fleet(0)->ask_cache("no JSON"));
  EXPECT_FALSE(fleet(0)->ask_cache("{}")) << "the request has no id to reply to";
  std::string reply;
  EXPECT_TRUE(fleet(0)->ask_cache(R"({"id":7,"op":"nothing known"})", &reply));
  EXPECT_THAT(reply, HasSubstr("\"id\":7"));
}

}  // namespace
}  // namespace millrace::serving
