#include "observe/log.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "observe/log_file.hpp"

namespace millrace::observe {

namespace {

namespace fs = std::filesystem;

class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder = (fs::temp_directory_path() / "millrace-log-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string file(const std::string& name = "server.log") const {
    return (folder_ / name).string();
  }

  [[nodiscard]] static std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  fs::path folder_;
};

constexpr LoggedRequest kRequest{.id = "id-1",
                                 .trace_id = "0af7651916cd43dd8448eb211c80319c",
                                 .method = "GET",
                                 .target = "/api/users?token=abc",
                                 .route = "/api/users"};

TEST_F(LogTest, WritesTextToItsFile) {
  Log log(true);
  ASSERT_TRUE(log.configure({.file = file()}));
  log.log(Level::info, "started");
  log.log(Level::warn, "careful");
  log.log_of_request(Level::error, "GET /api/users: failed", kRequest);
  log.log_raw(Level::error, "of the project");
  log.log_raw_of_request(Level::info, "hello", kRequest);
  EXPECT_EQ(text_of(file()),
            "started\nwarning: careful\nerror: [id-1] GET /api/users: failed\nof the project\n"
            "[id-1] hello\n");
}

TEST_F(LogTest, NamesTheRequestOnlyWhereItHasAnId) {
  Log log(false);
  ASSERT_TRUE(log.configure({.file = file()}));
  LoggedRequest request = kRequest;
  request.id = {};
  log.log_raw_of_request(Level::info, "hello", request);
  EXPECT_EQ(text_of(file()), "hello\n");
}

TEST_F(LogTest, WritesJson) {
  Log log(true);
  ASSERT_TRUE(log.configure({.format = LogFormat::json, .file = file(), .mask = {"token"}}));
  log.log(Level::info, "  ready in 3 ms");
  log.log_raw_of_request(Level::warn, "two\nlines \"quoted\"", kRequest);
  std::istringstream lines(text_of(file()));
  std::string first;
  std::string second;
  std::string third;
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_FALSE(std::getline(lines, third)) << third;
  const auto ready = boost::json::parse(first).as_object();
  EXPECT_EQ(ready.at("message"), "ready in 3 ms");
  EXPECT_EQ(ready.at("level"), "info");
  EXPECT_EQ(ready.at("source"), "server");
  EXPECT_EQ(ready.at("time").as_string().size(), std::string("2026-11-30T22:41:37.042Z").size());
  const auto line = boost::json::parse(second).as_object();
  EXPECT_EQ(line.at("message"), "two\nlines \"quoted\"");
  EXPECT_EQ(line.at("level"), "warning");
  EXPECT_EQ(line.at("source"), "project");
  EXPECT_EQ(line.at("request_id"), "id-1");
  EXPECT_EQ(line.at("trace_id"), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(line.at("method"), "GET");
  EXPECT_EQ(line.at("path"), "/api/users?token=***");
  EXPECT_EQ(line.at("route"), "/api/users");
}

TEST_F(LogTest, ReopensItsFileAfterARotation) {
  Log log(false);
  ASSERT_TRUE(log.configure({.file = file()}));
  log.log(Level::info, "before");
  fs::rename(file(), file("old.log"));
  log.log(Level::info, "still the old one");
  ASSERT_TRUE(log.reopen());
  log.log(Level::info, "after");
  EXPECT_EQ(text_of(file("old.log")), "before\nstill the old one\n");
  EXPECT_EQ(text_of(file()), "after\n");
}

TEST_F(LogTest, KeepsItsOutputWhereAFileCannotBeOpened) {
  Log log(false);
  ASSERT_TRUE(log.configure({.file = file()}));
  const auto failed = log.configure({.format = LogFormat::json, .file = file("none/server.log")});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message().find(file("none/server.log")), std::string::npos);
  log.log(Level::info, "text");
  EXPECT_EQ(text_of(file()), "text\n");
}

TEST_F(LogTest, KeepsTheOldFileWhereItCannotBeOpenedAnew) {
  auto opened = LogFile::open(file("sub"));
  ASSERT_TRUE(opened);
  fs::remove(file("sub"));
  fs::create_directory(file("sub"));
  EXPECT_FALSE(opened->reopen());
  EXPECT_GE(opened->descriptor(), 0);
}

}  // namespace

}  // namespace millrace::observe
