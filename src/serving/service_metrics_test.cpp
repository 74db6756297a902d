// What a service tells of itself: its readiness, the labels of its routes, its metrics page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "metrics/text_page.hpp"
#include "serving/metrics_page.hpp"
#include "serving/test_service.hpp"

namespace millrace::serving {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

TEST_F(ServiceTest, IsReadyFromItsFirstDeploymentToItsShutdown) {
  EXPECT_EQ(service_->readiness(), Readiness::starting);
  service_->deploy(build("one"));
  EXPECT_EQ(service_->readiness(), Readiness::ready);
  service_->fail("it cannot be built");
  EXPECT_EQ(service_->readiness(), Readiness::broken);
  service_->deploy(build("two"));
  EXPECT_EQ(service_->readiness(), Readiness::ready);
  service_->shut_down([] {});
  EXPECT_EQ(service_->readiness(), Readiness::draining);
}

TEST_F(ServiceTest, ARouteKeepsItsLabelWhenABuildIsDeployed) {
  service_->deploy(build("one"));
  const auto label = service_->site()->label_of(0);
  EXPECT_EQ(service_->metrics().labels.at(label).route, "");
  const auto outcome = replace(build("two"));
  fleet(1)->become_ready();
  turn();
  ASSERT_TRUE(outcome->promoted());
  EXPECT_EQ(service_->site()->label_of(0), label);
  EXPECT_EQ(fleet(1)->loads[0].routes->front().label, label);
}

TEST_F(ServiceTest, ItsPoolsCountIntoTheSameMetrics) {
  service_->deploy(build("one"));
  const auto outcome = replace(build("two"));
  EXPECT_EQ(fleet(0)->pools[0].options.metrics, fleet(1)->pools[0].options.metrics);
}

TEST_F(ServiceTest, ItsMetricsPageNamesTheBuildInService) {
  using metrics::TextFormat;
  EXPECT_THAT(metrics_page(*service_, TextFormat::prometheus), HasSubstr("millrace_ready 0\n"));
  service_->deploy(build("one"));
  EXPECT_THAT(metrics_page(*service_, TextFormat::prometheus),
              AllOf(HasSubstr("build=\"one\"} 1\n"), HasSubstr("millrace_ready 1\n"),
                    Not(HasSubstr("# EOF"))));
  EXPECT_THAT(metrics_page(*service_, TextFormat::open_metrics), HasSubstr("\n# EOF\n"));
}

}  // namespace
}  // namespace millrace::serving
