#include "observe/dev_request_log.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace millrace::observe {

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

RequestRecord finished_request() {
  RequestRecord record;
  record.method = "GET";
  record.target = "/api/users?token=abc";
  record.status = 200;
  record.sent = 1234;
  record.origin = ResponseOrigin::worker;
  record.total = microseconds(12'345);
  record.queue = microseconds(450);
  record.handler = milliseconds(11);
  return record;
}

std::string plain(const RequestRecord& record) {
  return dev_request_line(record, SecretMask({"token"}), false);
}

TEST(DevRequestLine, NamesRequestStatusTimesAndSize) {
  EXPECT_EQ(plain(finished_request()),
            " GET /api/users?token=*** 200 in 12 ms (queue 0.5 ms, handler 11 ms), 1.2 KB");
}

TEST(DevRequestLine, LeavesOutShortParts) {
  RequestRecord file = finished_request();
  file.origin = ResponseOrigin::file;
  file.queue = file.handler = microseconds(0);
  file.total = microseconds(312);
  file.sent = 0;
  EXPECT_EQ(plain(file), " GET /api/users?token=*** 200 in 0.3 ms, 0 B");
}

TEST(DevRequestLine, MarksSlowRequestsAndEarlyEnds) {
  RequestRecord slow = finished_request();
  slow.total = slow.handler = seconds(12);
  slow.queue = microseconds(0);
  slow.outcome = RequestOutcome::client_left;
  EXPECT_EQ(plain(slow),
            " GET /api/users?token=*** 200 in 12.0 s slow (handler 12.0 s), 1.2 KB, the client "
            "left");
}

TEST(DevRequestLine, HasColoursOnlyWhereTheyAreWanted) {
  EXPECT_EQ(plain(finished_request()).find('\x1b'), std::string::npos);
  RequestRecord failed = finished_request();
  failed.status = 500;
  EXPECT_NE(dev_request_line(failed, SecretMask(), true).find("\x1b[31m500\x1b[m"),
            std::string::npos);
}

TEST(DevRequestLog, PutsLinesUnderTheirRequest) {
  std::string path = (std::filesystem::temp_directory_path() / "millrace-dev-XXXXXX").string();
  ASSERT_NE(::mkdtemp(path.data()), nullptr);
  const std::string file = path + "/dev.log";
  Log log(false);
  ASSERT_TRUE(log.configure({.file = file}));
  DevRequestLog requests(log, SecretMask({"token"}));
  const LoggedRequest first{.id = {}, .trace_id = {}, .method = "GET", .target = "/a", .route = {}};
  LoggedRequest second = first;
  second.target = "/b?token=1";
  requests.on_line(Level::info, "one", first);
  requests.on_line(Level::error, "two", first);
  requests.on_line(Level::info, "three", second);
  requests.on_line(Level::info, "four", first);
  RequestRecord over = finished_request();
  over.target = "/_next/static/chunk.js";
  requests.on_request_over(over);
  requests.on_line(Level::info, "five", first);
  requests.interrupt();
  requests.on_line(Level::info, "six", first);
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  EXPECT_EQ(text.str(),
            " GET /a\none\ntwo\n GET /b?token=***\nthree\n GET /a\nfour\nfive\n GET /a\nsix\n");
  std::filesystem::remove_all(path);
}

}  // namespace

}  // namespace millrace::observe
