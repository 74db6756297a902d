#include "gateway/request_identity.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::gateway {
namespace {

constexpr std::string_view kTrace =
    "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";

TEST(RequestIdentity, IsEmptyWhereRequestIdsAreOff) {
  const RequestIdentity identity("X-Request-Id: a\r\n", nullptr);
  EXPECT_EQ(identity.id(), "");
  std::string storage;
  EXPECT_EQ(identity.with_id("A: 1\r\n", storage), "A: 1\r\n");
}

TEST(RequestIdentity, KeepsTheClientsId) {
  observe::RequestIds ids;
  const std::string fields = "A: 1\r\nx-request-ID: given\r\n" + std::string(kTrace);
  const RequestIdentity identity(fields, &ids);
  EXPECT_EQ(identity.id(), "given");
  EXPECT_EQ(identity.trace_id(), "0af7651916cd43dd8448eb211c80319c");
  std::string storage;
  EXPECT_EQ(identity.with_id(fields, storage), fields);
  EXPECT_EQ(storage, "");
}

TEST(RequestIdentity, ReplacesAnUnsafeId) {
  observe::RequestIds ids;
  const std::string fields = "X-Request-Id: a b\r\nA: 1\r\n";
  const RequestIdentity identity(fields, &ids);
  EXPECT_EQ(identity.id().size(), observe::kMadeRequestId);
  EXPECT_EQ(identity.trace_id(), "");
  std::string storage;
  EXPECT_EQ(identity.with_id(fields, storage),
            "A: 1\r\nX-Request-Id: " + std::string(identity.id()) + "\r\n");
}

TEST(RequestIdentity, TakesTheFirstOfSeveralIds) {
  observe::RequestIds ids;
  const RequestIdentity identity("X-Request-Id: one\r\nX-Request-Id: two\r\n", &ids);
  EXPECT_EQ(identity.id(), "one");
}

}  // namespace
}  // namespace millrace::gateway
