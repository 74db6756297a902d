#include "gateway/notice_log.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::gateway {
namespace {

class NoticeLogTest : public testing::Test {
 protected:
  /// Returns what is logged for a notice at `now`.
  std::string log(Notice notice, std::uint32_t now) {
    testing::internal::CaptureStderr();
    notices_.log_notice(notice, "the limit is reached", now);
    return testing::internal::GetCapturedStderr();
  }

  static constexpr const char* kLogged = "warning: the limit is reached\n";

  observe::Log log_{false};
  NoticeLog notices_{log_};
};

TEST_F(NoticeLogTest, LogsANoticeOnceAMinute) {
  EXPECT_EQ(log(Notice::full, 0), kLogged);
  EXPECT_EQ(log(Notice::full, 0), "");
  EXPECT_EQ(log(Notice::full, 59), "");
  EXPECT_EQ(log(Notice::full, 60), kLogged);
  EXPECT_EQ(log(Notice::full, 119), "");
  EXPECT_EQ(log(Notice::full, 1000), kLogged);
}

TEST_F(NoticeLogTest, LogsEachKindOnItsOwn) {
  for (const Notice notice :
       {Notice::client_full, Notice::full, Notice::descriptors, Notice::memory, Notice::file}) {
    EXPECT_EQ(log(notice, 5), kLogged);
    EXPECT_EQ(log(notice, 5), "");
  }
}

}  // namespace
}  // namespace millrace::gateway
