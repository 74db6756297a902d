#include "gateway/upstream_fields.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>

#include "http/fields.hpp"

namespace millrace::gateway {
namespace {

namespace json = boost::json;

TEST(UpstreamFields, AreForwardedAsWorkersForwardThem) {
  std::ifstream file(MILLRACE_CASES "/forwarded_fields.json", std::ios::binary);
  const json::value cases = json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
  std::size_t checked = 0;
  for (const json::value& item : cases.as_array()) {
    const json::object& given = item.as_object();
    // Connections have no TLS here.
    if (given.contains("secure")) continue;
    std::string fields;
    for (const json::value& field : given.at("fields").as_array()) {
      fields.append(field.at(0).as_string()).append(": ");
      fields.append(field.at(1).as_string()).append("\r\n");
    }
    const bool has_port = http::find_field(fields, "x-forwarded-port").has_value();
    net::Peer peer{.address = "10.0.0.1", .port = 1, .local_port = 0};
    const json::value* port = given.if_contains("server_port");
    if (port != nullptr) peer.local_port = json::value_to<std::uint16_t>(*port);
    append_forwarded(fields, peer);
    for (const auto& [name, value] : given.at("expected").as_object()) {
      // The server always knows its port, which takes precedence over that of Host.
      if (name == "x-forwarded-port" && port == nullptr && !has_port) continue;
      EXPECT_EQ(http::find_field(fields, std::string(name)), std::string(value.as_string()))
          << given.at("title") << name;
      ++checked;
    }
  }
  EXPECT_GT(checked, 0U);
}

}  // namespace
}  // namespace millrace::gateway
