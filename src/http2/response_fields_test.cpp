#include "http2/response_fields.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::http2 {
namespace {

std::string written(const ResponseFields& fields) {
  std::string text;
  for (const auto& [name, value] : fields.fields()) {
    text.append(name).append("=").append(value).append(";");
  }
  return text;
}

TEST(ResponseFieldsTest, LeavesOutWhatConcernsAConnection) {
  ResponseFields fields;
  fields.assign(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Empty:\r\nTransfer-Encoding: chunked\r\n"
      "Set-Cookie: A=b\r\nKeep-Alive: timeout=5\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(written(fields), ":status=200;content-type=text/plain;x-empty=;set-cookie=A=b;");
  fields.assign("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(written(fields), ":status=100;");
}

}  // namespace
}  // namespace millrace::http2
