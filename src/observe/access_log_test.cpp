#include "observe/access_log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace millrace::observe {

namespace {

namespace fs = std::filesystem;

class AccessLogTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (fs::temp_directory_path() / "millrace-access-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name) const {
    return (folder_ / name).string();
  }

  [[nodiscard]] static std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  [[nodiscard]] static std::size_t lines_of(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  [[nodiscard]] static RequestRecord record(std::string_view target) {
    RequestRecord record;
    record.method = "GET";
    record.target = target;
    record.client = "192.0.2.7";
    record.status = 200;
    return record;
  }

  fs::path folder_;
  net::EventLoop loop_;
};

TEST_F(AccessLogTest, WritesNothingUntilItIsConfigured) {
  Log log(false);
  AccessLog access(loop_, log);
  access.on_request_over(record("/a"));
  ASSERT_TRUE(access.configure({.access = AccessFormat::off, .access_file = file("access.log")}));
  access.on_request_over(record("/b"));
  EXPECT_FALSE(fs::exists(file("access.log")));
}

TEST_F(AccessLogTest, WritesALineForEachRequest) {
  Log log(false);
  {
    AccessLog access(loop_, log);
    ASSERT_TRUE(
        access.configure({.access = AccessFormat::common, .access_file = file("access.log")}));
    access.on_request_over(record("/a"));
    access.on_request_over(record("/b"));
  }
  const std::string text = text_of(file("access.log"));
  EXPECT_EQ(lines_of(text), 2U);
  EXPECT_LT(text.find("GET /a "), text.find("GET /b "));
}

TEST_F(AccessLogTest, HandsLinesOverByItselfAfterAWhile) {
  Log log(false);
  AccessLog access(loop_, log);
  ASSERT_TRUE(access.configure({.access = AccessFormat::json, .access_file = file("access.log")}));
  access.on_request_over(record("/a"));
  net::Timer poll(loop_, [this, &poll] {
    if (!text_of(file("access.log")).empty()) return loop_.stop();
    poll.set_after(std::chrono::milliseconds(5));
  });
  poll.set_after(std::chrono::milliseconds(5));
  loop_.run();
  EXPECT_EQ(lines_of(text_of(file("access.log"))), 1U);
}

TEST_F(AccessLogTest, ReopensItsFileAfterARotation) {
  Log log(false);
  {
    AccessLog access(loop_, log);
    ASSERT_TRUE(
        access.configure({.access = AccessFormat::common, .access_file = file("access.log")}));
    access.on_request_over(record("/a"));
    fs::rename(file("access.log"), file("old.log"));
    ASSERT_TRUE(access.reopen());
    access.on_request_over(record("/b"));
  }
  // A line of before the rotation may be written to either file.
  EXPECT_EQ(lines_of(text_of(file("old.log")) + text_of(file("access.log"))), 2U);
  EXPECT_NE(text_of(file("access.log")).find("GET /b "), std::string::npos);
}

TEST_F(AccessLogTest, DropsAndCountsLinesWhereItsFileIsTooSlow) {
  // Nobody reads the pipe: what it and the queue cannot hold is dropped.
  ASSERT_EQ(::mkfifo(file("pipe").c_str(), 0600), 0);
  const base::UniqueFd reader(::open(file("pipe").c_str(), O_RDONLY | O_NONBLOCK));
  const std::string target = "/" + std::string(1000, 'x');
  const std::size_t requests = 2 * AccessLog::kMostWaiting / target.size();
  Log log(false);
  ASSERT_TRUE(log.configure({.file = file("server.log")}));
  {
    AccessLog access(loop_, log);
    ASSERT_TRUE(access.configure({.access = AccessFormat::common, .access_file = file("pipe")}));
    for (std::size_t i = 0; i < requests; ++i) access.on_request_over(record(target));
  }
  const std::string said = text_of(file("server.log"));
  std::size_t dropped = 0;
  std::istringstream(said.substr(std::min(said.find(' '), said.size()))) >> dropped;
  EXPECT_NE(said.find("lines of the access log were dropped"), std::string::npos) << said;
  EXPECT_GT(dropped, 0U);
  EXPECT_LT(dropped, requests);
}

TEST_F(AccessLogTest, NamesAFileThatCannotBeOpened) {
  Log log(false);
  AccessLog access(loop_, log);
  const auto failed =
      access.configure({.access = AccessFormat::json, .access_file = file("none/access.log")});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message().find(file("none/access.log")), std::string::npos);
}

}  // namespace

}  // namespace millrace::observe
