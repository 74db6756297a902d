#include "gateway/client_table.hpp"

#include <gtest/gtest.h>

namespace millrace::gateway {
namespace {

using Verdict = ClientTable::Verdict;

ClientLimits limits() {
  return {.connections = 4,
          .connections_per_client = 2,
          .exempt = {*base::IpNetwork::parse("127.0.0.0/8")},
          .descriptors = 5};
}

TEST(ClientTable, RejectsAClientBeyondItsLimitAndForgetsItWhenItIsGone) {
  ClientTable table(limits());
  auto one = table.admit("192.0.2.1");
  auto two = table.admit("::ffff:192.0.2.1");
  EXPECT_EQ(one.verdict, Verdict::admitted);
  EXPECT_EQ(two.verdict, Verdict::admitted);
  EXPECT_EQ(table.admit("192.0.2.1").verdict, Verdict::client_full);
  EXPECT_EQ(table.admit("192.0.2.2").verdict, Verdict::admitted);
  one.lease.reset();
  EXPECT_EQ(table.admit("192.0.2.1").verdict, Verdict::admitted);
  two.lease.reset();
  EXPECT_EQ(table.clients(), 0U);
}

TEST(ClientTable, CountsAnIpv6ClientByItsNetwork) {
  ClientTable table(limits());
  const auto one = table.admit("2001:db8::1");
  const auto two = table.admit("2001:db8::2");
  EXPECT_EQ(table.admit("2001:db8::3").verdict, Verdict::client_full);
  EXPECT_EQ(table.admit("2001:db8:0:1::3").verdict, Verdict::admitted);
}

TEST(ClientTable, CountsExemptClientsTowardsTheTotalOnly) {
  ClientTable table(limits());
  std::vector<ClientTable::Admission> held;
  for (int i = 0; i < 4; ++i) held.push_back(table.admit("127.0.0.1"));
  EXPECT_EQ(held.back().verdict, Verdict::admitted);
  EXPECT_EQ(table.clients(), 0U);
  EXPECT_EQ(table.admit("127.0.0.1").verdict, Verdict::full);
  EXPECT_EQ(table.admit("192.0.2.1").verdict, Verdict::full);
}

TEST(ClientTable, CountsFilesAndConnectionsAgainstTheDescriptors) {
  ClientTable table(limits());
  auto file = table.take_descriptor();
  const auto other = table.take_descriptor();
  ASSERT_TRUE(file && other);
  std::vector<ClientTable::Admission> held;
  for (int i = 0; i < 3; ++i) held.push_back(table.admit("127.0.0.1"));
  EXPECT_EQ(table.descriptors(), 5U);
  EXPECT_EQ(table.admit("127.0.0.1").verdict, Verdict::full);
  EXPECT_FALSE(table.take_descriptor());
  file.reset();
  EXPECT_TRUE(table.take_descriptor());
}

TEST(ClientTable, LeasesMayOutliveTheTable) {
  ClientTable::Lease lease;
  {
    ClientTable table(limits());
    lease = table.admit("192.0.2.1").lease;
  }
  lease.reset();
}

TEST(ClientTable, AppliesNewLimitsToNewConnections) {
  ClientTable table(limits());
  const auto one = table.admit("192.0.2.1");
  ClientLimits fewer = limits();
  fewer.connections_per_client = 1;
  table.set_limits(fewer);
  EXPECT_EQ(table.admit("192.0.2.1").verdict, Verdict::client_full);
}

TEST(ClientTable, WithoutALimitPerClientCountsOnlyTheTotal) {
  ClientLimits no_share = limits();
  no_share.connections_per_client = 0;
  ClientTable table(no_share);
  std::vector<ClientTable::Admission> held;
  for (int i = 0; i < 4; ++i) held.push_back(table.admit("192.0.2.1"));
  EXPECT_EQ(held.back().verdict, Verdict::admitted);
  EXPECT_EQ(table.clients(), 0U);
  EXPECT_EQ(table.admit("192.0.2.1").verdict, Verdict::full);
}

TEST(ClientTable, CountsClientsWithoutAnAddressTowardsTheTotalOnly) {
  for (const std::string_view address : {"", "unix", "192.0.2", "192.0.2.1:80"}) {
    ClientTable table(limits());
    std::vector<ClientTable::Admission> held;
    for (int i = 0; i < 4; ++i) held.push_back(table.admit(address));
    EXPECT_EQ(held.back().verdict, Verdict::admitted) << address;
    EXPECT_EQ(table.clients(), 0U) << address;
    EXPECT_EQ(table.connections(), 4U) << address;
  }
}

TEST(ClientTable, ReportsTheLimitPerClientFirst) {
  ClientTable table(limits());
  const auto one = table.admit("192.0.2.1");
  const auto two = table.admit("192.0.2.1");
  const auto three = table.admit("192.0.2.2");
  const auto four = table.admit("192.0.2.3");
  ASSERT_EQ(table.connections(), 4U);
  EXPECT_EQ(table.admit("192.0.2.1").verdict, Verdict::client_full);
  EXPECT_EQ(table.admit("192.0.2.2").verdict, Verdict::full);
}

TEST(ClientTable, ARejectionCountsNothing) {
  ClientTable table(limits());
  const auto one = table.admit("192.0.2.1");
  const auto two = table.admit("192.0.2.1");
  const auto refused = table.admit("192.0.2.1");
  EXPECT_EQ(refused.lease, nullptr);
  EXPECT_EQ(table.connections(), 2U);
  EXPECT_EQ(table.descriptors(), 2U);
  EXPECT_EQ(table.clients(), 1U);
}

TEST(ClientTable, AReleasedConnectionIsNoLongerCounted) {
  ClientTable table(limits());
  auto one = table.admit("192.0.2.1");
  EXPECT_EQ(table.connections(), 1U);
  EXPECT_EQ(table.descriptors(), 1U);
  EXPECT_EQ(table.clients(), 1U);
  ClientTable::Lease copy = one.lease;
  one.lease.reset();
  EXPECT_EQ(table.connections(), 1U) << "somebody else holds it still";
  copy.reset();
  EXPECT_EQ(table.connections(), 0U);
  EXPECT_EQ(table.descriptors(), 0U);
  EXPECT_EQ(table.clients(), 0U);
}

TEST(ClientTable, LeasesStayValidWhenTheLimitsAreLowered) {
  ClientTable table(limits());
  auto one = table.admit("192.0.2.1");
  auto two = table.admit("192.0.2.2");
  const auto file = table.take_descriptor();
  table.set_limits({.connections = 1, .connections_per_client = 1, .exempt = {}, .descriptors = 1});
  EXPECT_EQ(table.connections(), 2U);
  EXPECT_FALSE(table.take_descriptor());
  one.lease.reset();
  two.lease.reset();
  EXPECT_EQ(table.admit("192.0.2.1").verdict, Verdict::full) << "the file's descriptor is the one";
}

TEST(ClientTable, ALaterExemptionLeavesExistingConnectionsCounted) {
  ClientTable table(limits());
  auto one = table.admit("192.0.2.1");
  ClientLimits exempting = limits();
  exempting.exempt.push_back(*base::IpNetwork::parse("192.0.2.0/24"));
  table.set_limits(exempting);
  const auto two = table.admit("192.0.2.1");
  EXPECT_EQ(table.clients(), 1U);
  one.lease.reset();
  EXPECT_EQ(table.clients(), 0U);
  EXPECT_EQ(table.connections(), 1U);
}

}  // namespace
}  // namespace millrace::gateway
