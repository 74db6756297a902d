#include "serving/trace_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::serving {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

project::TracingKeys enabled() {
  project::TracingKeys keys;
  keys.enabled = true;
  return keys;
}

TraceOptions options_of(const project::TracingKeys& keys,
                        const std::map<std::string, std::string>& environment) {
  auto options = trace_options(keys, environment);
  EXPECT_TRUE(options);
  return options->value();
}

TEST(TraceOptionsTest, MakesNoTracesUnlessTheyAreEnabled) {
  const auto options =
      trace_options({}, {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"}});
  ASSERT_TRUE(options);
  EXPECT_FALSE(options->has_value());
}

TEST(TraceOptionsTest, FindsTheCollector) {
  const auto url = [](const project::TracingKeys& keys,
                      const std::map<std::string, std::string>& environment) {
    const auto collector = options_of(keys, environment).exporter.collector;
    return collector.server() + collector.path;
  };
  EXPECT_EQ(url(enabled(), {}), "http://localhost:4318/v1/traces");
  std::map<std::string, std::string> environment = {
      {"OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector.example/otlp/"}};
  EXPECT_EQ(url(enabled(), environment), "https://collector.example:443/otlp/v1/traces");
  environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://traces.example:1/here";
  EXPECT_EQ(url(enabled(), environment), "http://traces.example:1/here");
  project::TracingKeys keys = enabled();
  keys.endpoint = "http://127.0.0.1:9";
  EXPECT_EQ(url(keys, environment), "http://127.0.0.1:9/v1/traces");
}

TEST(TraceOptionsTest, TakesNameHeadersAndAttributesFromTheEnvironment) {
  const auto exporter =
      options_of(enabled(), {{"OTEL_SERVICE_NAME", "shop"},
                             {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=a%20b, x = y"},
                             {"OTEL_RESOURCE_ATTRIBUTES", "service.name=other,deployment=test"}})
          .exporter;
  EXPECT_EQ(exporter.fields, "api-key: a b\r\nx: y\r\n");
  EXPECT_THAT(exporter.resource,
              UnorderedElementsAre(Pair("service.name", "shop"), Pair("deployment", "test")));
  EXPECT_THAT(options_of(enabled(), {}).exporter.resource,
              UnorderedElementsAre(Pair("service.name", "millrace")));
}

TEST(TraceOptionsTest, PrefersKeysToTheEnvironment) {
  project::TracingKeys keys = enabled();
  keys.service_name = "mine";
  keys.headers = {"key=secret=1"};
  keys.ratio = 0.25;
  const auto options = options_of(
      keys, {{"OTEL_SERVICE_NAME", "shop"}, {"OTEL_EXPORTER_OTLP_HEADERS", "api-key=x"}});
  EXPECT_EQ(options.exporter.fields, "key: secret=1\r\n");
  EXPECT_THAT(options.exporter.resource, UnorderedElementsAre(Pair("service.name", "mine")));
  EXPECT_EQ(options.ratio, 0.25);
}

TEST(TraceOptionsTest, RefusesWhatItCannotUse) {
  const auto grpc = trace_options(enabled(), {{"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"}});
  ASSERT_FALSE(grpc);
  EXPECT_THAT(grpc.error().message(), HasSubstr("found \"collector:4317/v1/traces\""));
  const auto header =
      trace_options(enabled(), {{"OTEL_EXPORTER_OTLP_HEADERS", "a=b%0d%0aHost: c"}});
  ASSERT_FALSE(header);
  EXPECT_THAT(header.error().message(), HasSubstr("not allowed in a field"));
}

}  // namespace
}  // namespace millrace::serving
