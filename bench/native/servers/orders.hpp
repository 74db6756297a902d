// The POST handler of every C++ contender: parses the JSON, checks the fields, serialises it again.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

inline constexpr std::string_view kHello = R"({"hello":"world"})";

inline bool is_item(const boost::json::value& item) {
  const auto* const fields = item.if_object();
  if (fields == nullptr) return false;
  const auto* const sku = fields->if_contains("sku");
  const auto* const quantity = fields->if_contains("quantity");
  const auto* const price = fields->if_contains("price");
  return sku != nullptr && sku->is_string() && !sku->get_string().empty() && quantity != nullptr &&
         quantity->is_int64() && quantity->get_int64() >= 1 && price != nullptr &&
         price->is_int64() && price->get_int64() >= 0;
}

/// Returns the order serialised again; empty if the body is not an order.
inline std::string echo(std::string_view body) {
  boost::system::error_code failed;
  const boost::json::value order = boost::json::parse(body, failed);
  const auto* const fields = order.if_object();
  if (failed || fields == nullptr) return {};
  const auto* const customer = fields->if_contains("customer");
  const auto* const items = fields->if_contains("items");
  if (customer == nullptr || !customer->is_string() ||
      std::string_view(customer->get_string()).find('@') == std::string_view::npos ||
      items == nullptr || !items->is_array()) {
    return {};
  }
  for (const auto& item : items->get_array()) {
    if (!is_item(item)) return {};
  }
  return boost::json::serialize(order);
}

}  // namespace bench
