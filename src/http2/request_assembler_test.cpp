#include "http2/request_assembler.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/fields.hpp"

namespace millrace::http2 {
namespace {

using Verdict = RequestAssembler::Verdict;
using Field = std::pair<std::string_view, std::string_view>;

using Fields = std::vector<Field>;

Fields get() {
  return {{":method", "GET"}, {":scheme", "https"}, {":path", "/a?b=c"}, {":authority", "a.test"}};
}

class RequestAssemblerTest : public testing::Test {
 protected:
  Verdict take(const Fields& fields, const Fields& more = {}, bool has_body = false) {
    for (const auto& [name, value] : fields) made_.add(name, value);
    for (const auto& [name, value] : more) made_.add(name, value);
    return made_.finish(has_body);
  }

  RequestAssembler made_{[](std::string_view name) { return name == "x-internal"; }, 1000};
};

TEST_F(RequestAssemblerTest, MakesAHead) {
  ASSERT_EQ(take(get(), {{"cookie", "a=1"}, {"te", "trailers"}, {"x-b", "c"}, {"cookie", "d=2"}}),
            Verdict::valid);
  EXPECT_EQ(made_.head().method, "GET");
  EXPECT_EQ(made_.head().target, "/a?b=c");
  EXPECT_EQ(made_.head().fields, "host: a.test\r\nx-b: c\r\ncookie: a=1; d=2\r\n");
  EXPECT_EQ(made_.head().version, 20);
  EXPECT_FALSE(made_.head().has_body);
  EXPECT_FALSE(made_.head().chunked);
}

TEST_F(RequestAssemblerTest, TakesWhetherThereIsABodyFromTheStream) {
  ASSERT_EQ(take(get(), {}, true), Verdict::valid);
  EXPECT_TRUE(made_.head().has_body);
  EXPECT_FALSE(http::find_field(made_.head().fields, "transfer-encoding"));
}

TEST_F(RequestAssemblerTest, LeavesOutInternalFields) {
  ASSERT_EQ(take(get(), {{"x-internal", "1"}}), Verdict::valid);
  EXPECT_EQ(made_.head().fields, "host: a.test\r\n");
}

TEST_F(RequestAssemblerTest, RefusesAHeadThatIsTooLarge) {
  EXPECT_EQ(take(get(), {{"x-a", std::string(1000, 'a')}}), Verdict::refused);
  EXPECT_EQ(made_.failure().status, 431);
}

TEST_F(RequestAssemblerTest, RefusesWhatHttp1Refuses) {
  EXPECT_EQ(take(get(), {{"expect", "miracles"}}), Verdict::refused);
  EXPECT_EQ(made_.failure().status, 417);
}

Fields websocket() {
  return {{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "https"},
          {":path", "/a?b=c"},    {":authority", "a.test"},   {"sec-websocket-version", "13"}};
}

TEST_F(RequestAssemblerTest, MakesTheOfferOfAWebSocketOfAnExtendedConnect) {
  ASSERT_EQ(take(websocket(), {{"sec-websocket-key", "of the client"}}, true), Verdict::valid);
  EXPECT_EQ(made_.head().method, "GET");
  EXPECT_EQ(made_.head().target, "/a?b=c");
  EXPECT_EQ(made_.head().version, 20);
  EXPECT_TRUE(made_.head().upgrade);
  EXPECT_FALSE(made_.head().has_body);
  EXPECT_EQ(http::find_field(made_.head().fields, "upgrade"), "websocket");
  EXPECT_EQ(http::find_field(made_.head().fields, "connection"), "Upgrade");
  EXPECT_EQ(http::find_field(made_.head().fields, "sec-websocket-version"), "13");
  const std::string key(http::find_field(made_.head().fields, "sec-websocket-key").value_or(""));
  EXPECT_TRUE(key.size() == 24 && key.ends_with("==")) << key;
}

TEST_F(RequestAssemblerTest, RefusesOtherProtocols) {
  Fields fields = websocket();
  fields[1].second = "connect-udp";
  EXPECT_EQ(take(fields, {}, true), Verdict::refused);
  EXPECT_EQ(made_.failure().status, 501);
}

TEST(RequestAssemblerMalformedTest, RejectsAnExtendedConnectThatIsNoTunnel) {
  const auto verdict = [](const Fields& fields, const Fields& more, bool has_body) {
    RequestAssembler made(nullptr, 1000);
    for (const auto& [name, value] : fields) made.add(name, value);
    for (const auto& [name, value] : more) made.add(name, value);
    return made.finish(has_body);
  };
  EXPECT_EQ(verdict(websocket(), {}, false), Verdict::malformed);
  EXPECT_EQ(verdict(websocket(), {{"content-length", "5"}}, true), Verdict::malformed);
  EXPECT_EQ(verdict(websocket(), {{"upgrade", "h2c"}}, true), Verdict::malformed);
  EXPECT_EQ(verdict(get(), {{":protocol", "websocket"}}, true), Verdict::malformed);
  Fields plain = websocket();
  plain.erase(plain.begin() + 1);
  EXPECT_EQ(verdict(plain, {}, true), Verdict::malformed);
}

/// What could be another request, or another request's part, once it is written as HTTP/1.1.
TEST(RequestAssemblerMalformedTest, RejectsWhatCouldBeReadAsAnotherRequest) {
  const auto verdict = [](const Fields& fields) {
    RequestAssembler made(nullptr, 1000);
    for (const auto& [name, value] : fields) made.add(name, value);
    return made.finish(false);
  };
  const auto with = [&](Field changed) {
    RequestAssembler made(nullptr, 1000);
    for (const auto& field : get()) {
      if (field.first != changed.first) made.add(field.first, field.second);
    }
    made.add(changed.first, changed.second);
    return made.finish(false);
  };
  EXPECT_EQ(with({":path", "/ HTTP/1.1\r\nx: y"}), Verdict::malformed);
  EXPECT_EQ(with({":path", "/ a"}), Verdict::malformed);
  EXPECT_EQ(with({":path", "http://other/"}), Verdict::malformed);
  EXPECT_EQ(with({":method", "GET /x"}), Verdict::malformed);
  EXPECT_EQ(with({":method", ""}), Verdict::malformed);
  EXPECT_EQ(with({":authority", "a\r\nx: y"}), Verdict::malformed);
  EXPECT_EQ(with({":authority", ""}), Verdict::malformed);
  EXPECT_EQ(with({":scheme", "ftp"}), Verdict::malformed);
  EXPECT_EQ(with({"host", "b.test"}), Verdict::malformed);
  EXPECT_EQ(with({"host", "A.TEST"}), Verdict::valid);
  EXPECT_EQ(with({"x-a", "b\r\nx: y"}), Verdict::malformed);
  EXPECT_EQ(with({"x-a\r\nx", "b"}), Verdict::malformed);
  EXPECT_EQ(with({"x-a:", "b"}), Verdict::malformed);
  EXPECT_EQ(with({"X-A", "b"}), Verdict::malformed);
  EXPECT_EQ(with({"transfer-encoding", "chunked"}), Verdict::malformed);
  EXPECT_EQ(with({"connection", "close"}), Verdict::malformed);
  EXPECT_EQ(with({"upgrade", "websocket"}), Verdict::malformed);
  EXPECT_EQ(with({"te", "chunked"}), Verdict::malformed);
  EXPECT_EQ(verdict({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}}), Verdict::malformed);
  EXPECT_EQ(
      verdict(
          {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"host", "a"}, {"host", "a"}}),
      Verdict::malformed);
}

}  // namespace
}  // namespace millrace::http2
