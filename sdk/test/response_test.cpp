#include "millrace/response.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "millrace/env.hpp"
#include "millrace/pages.hpp"
#include "millrace/shared.hpp"

namespace millrace {
namespace {

TEST(Response, IsBuiltByChaining) {
  const Response response = Response::text("made")
                                .status(201)
                                .header("X-A", "1")
                                .header("x-a", "2")
                                .append_header("x-b", "3")
                                .append_header("x-b", "4");
  EXPECT_EQ(response.status(), 201);
  EXPECT_EQ(response.fields(),
            "content-type: text/plain;charset=UTF-8\r\nx-a: 2\r\nx-b: 3\r\nx-b: 4\r\n");
}

TEST(Response, RejectsFieldsThatWouldSplitTheResponse) {
  EXPECT_THROW(Response().header("x-a", "1\r\nx-b: 2"), std::invalid_argument);
  EXPECT_THROW(Response().header("x a", "1"), std::invalid_argument);
  EXPECT_THROW(Response().append_header("", "1"), std::invalid_argument);
  EXPECT_THROW(Response::redirect("/a\nb"), std::invalid_argument);
  EXPECT_THROW(Response().reason("a\nb"), std::invalid_argument);
  EXPECT_THROW(Response().delete_cookie("a; Domain=b"), std::invalid_argument);
  EXPECT_THROW(Response().delete_cookie(""), std::invalid_argument);
}

TEST(ResponseWriter, CollectsTheResponse) {
  ResponseWriter writer;
  writer.status(202).set_header("x-a", "1").json(json::object{{"a", 1}});
  const Response made = writer.take();
  EXPECT_EQ(made.status(), 202);
  EXPECT_EQ(made.body(), R"({"a":1})");
  ResponseWriter instead;
  instead.status(500);
  instead.respond(Response::text("instead"));
  EXPECT_EQ(instead.take().body(), "instead");
}

TEST(Shared, IsCreatedOnceForAllThreads) {
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&made] {
      static_cast<void>(shared<int>("made once", [&made] {
        ++made;
        return 7;
      }));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(shared<int>("made once"), 7);
}

TEST(Shared, IsTriedAgainAfterAFailureAndRejectsAnotherType) {
  const auto fails = []() -> int { throw std::runtime_error("not yet"); };
  EXPECT_THROW(static_cast<void>(shared<int>("fails first", fails)), std::runtime_error);
  EXPECT_EQ(shared<int>("fails first", [] { return 1; }), 1);
  EXPECT_THROW(static_cast<void>(shared<double>("fails first")), std::logic_error);
}

TEST(Env, OfFilesOverridesThatOfTheProcess) {
  ::setenv("MILLRACE_TEST_NAME", "process", 1);
  EXPECT_EQ(env("MILLRACE_TEST_NAME"), "process");
  detail::set_env("MILLRACE_TEST_NAME", "file");
  EXPECT_EQ(env("MILLRACE_TEST_NAME"), "file");
  detail::set_env("MILLRACE_TEST_NAME", std::nullopt);
  EXPECT_EQ(env("MILLRACE_TEST_NAME"), std::nullopt);
  EXPECT_EQ(env("MILLRACE_TEST_NAME", "otherwise"), "otherwise");
  EXPECT_THROW(static_cast<void>(require_env("MILLRACE_TEST_NAME")), std::runtime_error);
}

}  // namespace
}  // namespace millrace
