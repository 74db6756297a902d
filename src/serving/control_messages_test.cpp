#include "serving/control_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/control_socket.hpp"

namespace millrace::serving {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

/// Returns the error of a request that must be refused.
std::string refusal_of(std::string_view text, ErrorCode code = ErrorCode::invalid) {
  const auto decoded = decode_request(text);
  EXPECT_FALSE(decoded) << text;
  if (decoded) return "";
  EXPECT_EQ(decoded.error().code(), code) << text;
  return decoded.error().message();
}

ServerStatus busy_server() {
  WorkerStatus worker{.pid = 2187,
                      .state = "ready",
                      .why = "251 MB resident",
                      .in_flight = 14,
                      .streaming = 12,
                      .requests = 18'446'744'073'709'551'615U,
                      .rss = 64'000'000,
                      .heap_used = 12'000'000,
                      .lag_us = 110,
                      .utilization = 0.125,
                      .age_ms = 180'000};
  PoolStatus pool{
      .name = "default",
      .wanted = 1,
      .min = 0,
      .max = 2,
      .queued = 3,
      .deaths = 1,
      .last_death = "exit code 0",
      .workers = {worker, {}},
      .routes = {{.path = "/api/\"a\"", .requests = 5, .cpu_us = 7, .kept_bytes = -1.5}}};
  return {.pid = 2181, .port = 3000, .build = "3464e87e1715c40c", .rss = 11, .pools = {pool}};
}

template <typename Request>
void expect_round_trip() {
  const auto decoded = decode_request(encode_request(Request{}));
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_TRUE(std::holds_alternative<Request>(*decoded)) << Request::kCommand;
}

TEST(ControlMessages, RequestsWithoutParametersRoundTrip) {
  expect_round_trip<StatusRequest>();
  expect_round_trip<ReloadRequest>();
  expect_round_trip<ListenersRequest>();
  expect_round_trip<HandoverRequest>();
}

TEST(ControlMessages, ParametersRoundTrip) {
  const auto decoded = decode_request(encode_request(SnapshotRequest{.pid = 1 << 22}));
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(std::get<SnapshotRequest>(*decoded).pid, 1 << 22);
}

TEST(ControlMessages, AreOneLineEach) {
  EXPECT_EQ(encode_request(SnapshotRequest{.pid = 7}),
            R"({"command":"snapshot","version":1,"pid":7})");
  EXPECT_EQ(encode_response(ReloadResponse{.build = "1-a\nb"}), R"({"build":"1-a\nb"})");
  EXPECT_EQ(encode_response(HandoverResponse{}), "{}");
}

TEST(ControlMessages, ARequestWithoutAVersionHasVersionOne) {
  const auto decoded = decode_request(R"({"command":"retire"})");
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_TRUE(std::holds_alternative<HandoverRequest>(*decoded));
}

TEST(ControlMessages, RequestsOfAnotherVersionAreRefused) {
  for (const auto* version : {"0", "2", "1.5", "\"1\"", "null", "18446744073709551615"}) {
    const std::string text = std::string(R"({"command":"ps","version":)") + version + "}";
    EXPECT_THAT(refusal_of(text), HasSubstr("restart the server")) << version;
  }
  // The version is checked before the command, which this server may not know.
  EXPECT_THAT(refusal_of(R"({"command":"teleport","version":2})"), HasSubstr("has version 2"));
}

TEST(ControlMessages, UnknownCommandsAreRefused) {
  EXPECT_EQ(refusal_of(R"({"command":"teleport"})"), "unknown command \"teleport\"");
  EXPECT_EQ(refusal_of(R"({"command":""})"), "unknown command \"\"");
  EXPECT_THAT(refusal_of(R"({"command":7})"), HasSubstr("expected the name of a command"));
  EXPECT_THAT(refusal_of("{}"), HasSubstr("expected the name of a command"));
}

TEST(ControlMessages, RequestsThatAreNotJsonObjectsAreRefused) {
  for (const auto* text : {"", "ps", "[]", "7", R"({"command":"ps")", R"({"command":"ps"} x)",
                           "{\"command\":\"\xff\"}"}) {
    EXPECT_THAT(refusal_of(text), HasSubstr("expected a JSON object")) << text;
  }
}

TEST(ControlMessages, ParametersAreCheckedOneByOne) {
  EXPECT_THAT(refusal_of(R"({"command":"ps","pid":7})"),
              HasSubstr("the command \"ps\" has no parameter \"pid\""));
  EXPECT_THAT(refusal_of(R"({"command":"snapshot"})"), HasSubstr("\"pid\" is missing"));
  EXPECT_THAT(refusal_of(R"({"command":"snapshot","pid":"7"})"),
              HasSubstr("\"pid\": expected an integer, found a string"));
  for (const auto* pid : {"1.5", "1e300", "18446744073709551615"}) {
    EXPECT_THAT(refusal_of(std::string(R"({"command":"snapshot","pid":)") + pid + "}"),
                HasSubstr("\"pid\": expected an integer"));
  }
}

TEST(ControlMessages, AnOversizedRequestIsRefused) {
  std::string text = encode_request(StatusRequest{});
  text.append(control::kLongestRequest - text.size(), ' ');
  EXPECT_TRUE(decode_request(text));
  EXPECT_THAT(refusal_of(text + " ", ErrorCode::exhausted), HasSubstr("longer than"));
}

TEST(ControlMessages, AStatusRoundTrips) {
  const std::string text = encode_response(busy_server());
  const auto decoded = decode_response<ServerStatus>(text);
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(encode_response(*decoded), text);
  ASSERT_EQ(decoded->pools.size(), 1U);
  ASSERT_EQ(decoded->pools[0].workers.size(), 2U);
  EXPECT_EQ(decoded->pools[0].workers[0].requests, 18'446'744'073'709'551'615U);
  EXPECT_EQ(decoded->pools[0].workers[0].utilization, 0.125);
  EXPECT_EQ(decoded->pools[0].routes[0].path, "/api/\"a\"");
}

TEST(ControlMessages, OtherResponsesRoundTrip) {
  EXPECT_EQ(decode_response<ReloadResponse>(encode_response(ReloadResponse{"2-b"}))->build, "2-b");
  EXPECT_EQ(decode_response<SnapshotResponse>(encode_response(SnapshotResponse{"/x"}))->path, "/x");
  EXPECT_EQ(decode_response<ListenersResponse>(encode_response(ListenersResponse{80}))->port, 80);
  EXPECT_TRUE(decode_response<HandoverResponse>(encode_response(HandoverResponse{})));
}

TEST(ControlMessages, ARefusalIsDecodedAsTheServersError) {
  for (const auto code : {ErrorCode::not_found, ErrorCode::invalid, ErrorCode::conflict,
                          ErrorCode::system, ErrorCode::exhausted, ErrorCode::broken}) {
    const auto decoded = decode_response<ReloadResponse>(encode_refusal({code, "no \"luck\""}));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code(), code);
    EXPECT_EQ(decoded.error().message(), "no \"luck\"");
  }
}

TEST(ControlMessages, ARefusalOfAnOlderServerHasNoCode) {
  const auto decoded = decode_response<ReloadResponse>(R"({"error":"it is shutting down"})");
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code(), ErrorCode::broken);
  EXPECT_EQ(decoded.error().message(), "it is shutting down");
  EXPECT_EQ(decode_response<ReloadResponse>(R"({"error":[1]})").error().message(), "[1]");
}

TEST(ControlMessages, MembersThatANewerServerAddsAreIgnored) {
  const auto decoded = decode_response<ReloadResponse>(R"({"since":1,"build":"2-b"})");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->build, "2-b");
}

TEST(ControlMessages, AnInvalidResponseIsReportedWithThePlace) {
  const auto fault_of = [](std::string_view text) {
    const auto decoded = decode_response<ServerStatus>(text);
    EXPECT_FALSE(decoded);
    return decoded ? "" : decoded.error().message();
  };
  EXPECT_THAT(fault_of("pong"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(fault_of("{}"), HasSubstr("\"pid\" is missing"));
  std::string text = encode_response(busy_server());
  text.replace(text.find("64000000"), 8, "-1");
  EXPECT_THAT(fault_of(text),
              HasSubstr("\"pools[0].workers[0].rss\": expected an integer of 0 or more"));
  EXPECT_THAT(fault_of(R"({"pid":1,"port":65536,"build":"","rss":1,"pools":[]})"),
              HasSubstr("\"port\": expected an integer of 0 or more"));
  EXPECT_THAT(fault_of(R"({"pid":1,"port":1,"build":"","rss":1,"pools":[7]})"),
              HasSubstr("\"pools[0]\": expected an object"));
}

}  // namespace
}  // namespace millrace::serving
