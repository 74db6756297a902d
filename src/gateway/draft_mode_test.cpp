#include "gateway/draft_mode.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

constexpr std::string_view kKey = "key";
/// The first half of the SHA-256 of the key and "bypass".
const std::string kValue = "9447056e817b6cb4a9c5ffffa8ff72a4";
const std::string kCookie = "__prerender_bypass=" + kValue;

class DraftModeTest : public testing::Test {
 protected:
  void write_key() const { folder_.write(".millrace/preview.key", kKey); }

  project::TestFolder folder_;
  DraftMode draft_{folder_.path()};
};

TEST_F(DraftModeTest, IsOnForTheProjectsCookie) {
  write_key();
  for (const std::string& fields : {
           "Cookie: " + kCookie + "\r\n",
           "Host: a\r\ncookie: " + kCookie + "\r\n",
           "Cookie: a=1; " + kCookie + "; b=2\r\n",
           "Cookie: a=1;" + kCookie + "\r\n",
           "Cookie: a=1;;  " + kCookie + " \r\n",
           "Cookie: novalue; " + kCookie + "\r\n",
           "Cookie: a=1\r\nCookie: " + kCookie + "\r\n",
       }) {
    EXPECT_TRUE(draft_.is_on(fields)) << fields;
  }
}

TEST_F(DraftModeTest, IsOffForAnyOtherValue) {
  write_key();
  std::string last_differs = kCookie;
  last_differs.back() = '5';
  for (const std::string& cookies : {
           std::string(),
           std::string("a=1"),
           std::string("__prerender_bypass"),
           std::string("__prerender_bypass="),
           last_differs,
           kCookie + "0",
           kCookie.substr(0, kCookie.size() - 1),
           "__prerender_bypass=" + std::string(32, '0'),
           "__prerender_bypass= " + kValue,
           "__Prerender_bypass=" + kValue,
           "x__prerender_bypass=" + kValue,
           "other=" + kValue,
           "other=" + kCookie,
       }) {
    EXPECT_FALSE(draft_.is_on("Cookie: " + cookies + "\r\n")) << cookies;
  }
}

TEST_F(DraftModeTest, IsDecidedByTheFirstCookieOfThatName) {
  write_key();
  const std::string forged = "__prerender_bypass=" + std::string(32, 'f');
  EXPECT_TRUE(draft_.is_on("Cookie: " + kCookie + "; " + forged + "\r\n"));
  EXPECT_FALSE(draft_.is_on("Cookie: " + forged + "; " + kCookie + "\r\n"));
  EXPECT_FALSE(draft_.is_on("Cookie: " + forged + "\r\nCookie: " + kCookie + "\r\n"));
}

TEST_F(DraftModeTest, IsOffWithoutAKey) {
  EXPECT_FALSE(draft_.is_on("Cookie: " + kCookie + "\r\n"));
  EXPECT_FALSE(DraftMode().is_on("Cookie: " + kCookie + "\r\n"));
}

TEST_F(DraftModeTest, FindsAKeyThatAWorkerMakesLater) {
  EXPECT_FALSE(draft_.is_on("Cookie: " + kCookie + "\r\n"));
  write_key();
  EXPECT_TRUE(draft_.is_on("Cookie: " + kCookie + "\r\n"));
}

TEST_F(DraftModeTest, ReadsTheKeyOnce) {
  write_key();
  EXPECT_TRUE(draft_.is_on("Cookie: " + kCookie + "\r\n"));
  std::filesystem::remove_all(folder_.path() / ".millrace");
  EXPECT_TRUE(draft_.is_on("Cookie: " + kCookie + "\r\n"));
}

TEST_F(DraftModeTest, IsOffForTheCookieOfAnotherProject) {
  folder_.write(".millrace/preview.key", "another key");
  EXPECT_FALSE(draft_.is_on("Cookie: " + kCookie + "\r\n"));
}

}  // namespace
}  // namespace millrace::gateway
