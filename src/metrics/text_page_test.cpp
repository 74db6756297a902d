#include "metrics/text_page.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::metrics {
namespace {

constexpr Family kRequests{"requests_total", FamilyType::counter, "Requests."};
constexpr Family kDurations{"duration_seconds", FamilyType::histogram, "Durations."};
constexpr Family kLoad{"load", FamilyType::gauge, "Load."};

TEST(TextPageTest, WritesFamiliesWithTheirSamples) {
  TextPage page(TextFormat::prometheus);
  page.begin(kRequests);
  page.add({{"route", "/api"}, {"status", "2xx"}}, std::uint64_t{7});
  page.begin(kLoad);
  page.add({}, 0.5);
  EXPECT_EQ(page.finish(),
            "# HELP requests_total Requests.\n"
            "# TYPE requests_total counter\n"
            "requests_total{route=\"/api\",status=\"2xx\"} 7\n"
            "# HELP load Load.\n"
            "# TYPE load gauge\n"
            "load 0.5\n");
}

TEST(TextPageTest, WritesHistogramsWithCumulativeBuckets) {
  DurationHistogram histogram;
  histogram.observe(std::chrono::microseconds(1500));
  histogram.observe(std::chrono::seconds(3));
  histogram.observe(std::chrono::minutes(1));
  TextPage page(TextFormat::prometheus);
  page.begin(kDurations);
  page.add({{"pool", "a"}}, histogram);
  page.add({}, histogram);
  const std::string text = page.finish();
  const auto has = [&text](std::string_view line) {
    return text.find("\n" + std::string(line) + "\n") != std::string::npos;
  };
  EXPECT_TRUE(has("duration_seconds_bucket{pool=\"a\",le=\"0.001\"} 0")) << text;
  EXPECT_TRUE(has("duration_seconds_bucket{pool=\"a\",le=\"0.0025\"} 1"));
  EXPECT_TRUE(has("duration_seconds_bucket{pool=\"a\",le=\"5.0\"} 2"));
  EXPECT_TRUE(has("duration_seconds_bucket{pool=\"a\",le=\"+Inf\"} 3"));
  EXPECT_TRUE(has("duration_seconds_sum{pool=\"a\"} 63.0015"));
  EXPECT_TRUE(has("duration_seconds_count{pool=\"a\"} 3"));
  EXPECT_TRUE(has("duration_seconds_bucket{le=\"+Inf\"} 3"));
  EXPECT_TRUE(has("duration_seconds_count 3"));
}

TEST(TextPageTest, EscapesValuesOfLabels) {
  TextPage page(TextFormat::prometheus);
  page.begin(kLoad);
  page.add({{"pool", "a\"b\\c\nd"}}, std::uint64_t{1});
  EXPECT_NE(page.finish().find(R"(load{pool="a\"b\\c\nd"} 1)"), std::string::npos);
}

TEST(TextPageTest, NamesCountersAsOpenMetricsDoes) {
  TextPage page(TextFormat::open_metrics);
  page.begin(kRequests);
  page.add({}, std::uint64_t{7});
  EXPECT_EQ(page.finish(),
            "# HELP requests Requests.\n"
            "# TYPE requests counter\n"
            "requests_total 7\n"
            "# EOF\n");
}

TEST(TextPageTest, ChoosesTheFormatThatTheClientAccepts) {
  EXPECT_EQ(text_format(""), TextFormat::prometheus);
  EXPECT_EQ(text_format("text/plain;version=0.0.4;q=0.5,*/*;q=0.1"), TextFormat::prometheus);
  EXPECT_EQ(text_format("application/openmetrics-text; version=1.0.0,text/plain;q=0.5"),
            TextFormat::open_metrics);
}

}  // namespace
}  // namespace millrace::metrics
