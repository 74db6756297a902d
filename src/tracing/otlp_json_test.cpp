#include "tracing/otlp_json.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::tracing {
namespace {

using std::chrono::nanoseconds;
using std::chrono::system_clock;

system_clock::time_point at(std::int64_t ns) {
  return system_clock::time_point(
      std::chrono::duration_cast<system_clock::duration>(nanoseconds(ns)));
}

TEST(OtlpJsonTest, WritesSpansOfAResource) {
  const auto context =
      parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").value();
  std::vector<Span> spans;
  spans.push_back(
      {.context = context,
       .parent = SpanId{1, 2, 3, 4, 5, 6, 7, 8},
       .kind = SpanKind::server,
       .name = "GET /api",
       .begin = at(1'700'000'000'000'000'001),
       .end = at(1'700'000'000'000'000'002),
       .attributes = {{"http.response.status_code", std::int64_t{500}}, {"url.path", "/a\"\n\xff"}},
       .failed = true});
  spans.emplace_back();
  spans.back().context = context;
  spans.back().name = "queue";
  spans.back().begin = at(3);
  spans.back().end = at(4);
  EXPECT_EQ(
      otlp_json(spans, {{"service.name", "shop"}}, "1.2.3"),
      R"({"resourceSpans":[{"resource":{"attributes":[)"
      R"({"key":"service.name","value":{"stringValue":"shop"}}]},)"
      R"("scopeSpans":[{"scope":{"name":"millrace","version":"1.2.3"},"spans":[)"
      R"({"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331",)"
      R"("parentSpanId":"0102030405060708","name":"GET /api","kind":2,)"
      R"("startTimeUnixNano":"1700000000000000001","endTimeUnixNano":"1700000000000000002",)"
      R"("attributes":[{"key":"http.response.status_code","value":{"intValue":"500"}},)"
      R"({"key":"url.path","value":{"stringValue":"/a\"\u000a\ufffd"}}],"status":{"code":2}},)"
      R"({"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331",)"
      R"("name":"queue","kind":1,"startTimeUnixNano":"3","endTimeUnixNano":"4","attributes":[]}]}]}]})");
}

TEST(OtlpJsonTest, CutsLongTexts) {
  std::vector<Span> spans(1);
  spans.front().name = std::string(kLongestText + 100, 'x');
  EXPECT_LT(otlp_json(spans, {}, "").size(), kLongestText + 400);
}

}  // namespace
}  // namespace millrace::tracing
