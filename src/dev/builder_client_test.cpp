#include "dev/builder_client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <vector>

#include "dev/testing/shell_builder.hpp"
#include "net/timer.hpp"

namespace millrace::dev {
namespace {

class BuilderClientTest : public testing::Test {
 protected:
  void ask(BuilderClient& client, std::size_t count) {
    client.request({{"command", "test"}}, [this, count](base::Result<boost::json::object> got) {
      responses_.push_back(got ? boost::json::serialize(*got) : "error: " + got.error().message());
      if (responses_.size() == count) loop_.stop();
    });
  }

  void run() {
    net::Timer late(loop_, [this] { loop_.stop(); });
    late.set_after(std::chrono::seconds(20));
    loop_.context().restart();
    loop_.run();
  }

  net::EventLoop loop_;
  std::vector<std::string> responses_;
};

TEST_F(BuilderClientTest, ResponsesComeInOrderAndInPieces) {
  BuilderClient client(
      loop_, shell(print(frame(link::Kind::hello, "{}")) +
                   print(frame(link::Kind::built, R"({"id":1,)", false)) +
                   print(frame(link::Kind::built, R"("a":true})")) +
                   print(frame(link::Kind::built, R"({"id":2})")) + "cat <&3 >/dev/null"));
  ask(client, 2);
  ask(client, 2);
  run();
  EXPECT_EQ(responses_, (std::vector<std::string>{R"({"id":1,"a":true})", R"({"id":2})"}));
}

TEST_F(BuilderClientTest, RequestsInFlightFailWithTheBuilderAndTheNextStartsAnother) {
  BuilderClient client(loop_, shell("head -c 1 <&3 >/dev/null; exit 7"));
  ask(client, 2);
  ask(client, 2);
  run();
  ASSERT_EQ(responses_.size(), 2U);
  EXPECT_EQ(responses_[0], "error: the builder ended with exit code 7");
  ask(client, 3);
  run();
  EXPECT_EQ(responses_.size(), 3U);
}

TEST_F(BuilderClientTest, ABuilderThatViolatesTheProtocolIsStopped) {
  for (const std::string& response :
       {frame(link::Kind::built, R"({"id":9})"), frame(link::Kind::built, "not json"),
        frame(link::Kind::ready, "{}")}) {
    responses_.clear();
    BuilderClient client(loop_, shell(print(response) + "cat <&3 >/dev/null; sleep 100"));
    ask(client, 1);
    run();
    EXPECT_EQ(responses_,
              std::vector<std::string>{"error: the builder violated the link's protocol"});
  }
}

TEST_F(BuilderClientTest, EndsOnRequest) {
  BuilderClient client(loop_, shell(print(frame(link::Kind::built, R"({"id":1})")) +
                                    "head -c 30 <&3 >/dev/null; exit 0"));
  ask(client, 1);
  run();
  bool ended = false;
  client.end([&] {
    ended = true;
    loop_.stop();
  });
  run();
  EXPECT_TRUE(ended);
}

TEST_F(BuilderClientTest, EndsWithoutAStart) {
  BuilderClient client(loop_, shell("exit 1"));
  bool ended = false;
  client.end([&] {
    ended = true;
    loop_.stop();
  });
  run();
  EXPECT_TRUE(ended);
}

TEST_F(BuilderClientTest, AMissingProgramIsAnError) {
  workers::Launch launch = shell("");
  launch.program = "/nowhere/node";
  BuilderClient client(loop_, launch);
  ask(client, 1);
  run();
  ASSERT_EQ(responses_.size(), 1U);
  EXPECT_NE(responses_[0].find("/nowhere/node"), std::string::npos);
}

}  // namespace
}  // namespace millrace::dev
