#include <millrace/route.hpp>

using namespace millrace;

struct Item {
  std::string sku;
  std::int64_t quantity = 0;
  std::int64_t price = 0;

  static void rules(Schema<Item>& of) {
    of[&Item::sku].min(1);
    of[&Item::quantity].min(1);
    of[&Item::price].min(0);
  }
};
BOOST_DESCRIBE_STRUCT(Item, (), (sku, quantity, price))

struct Order {
  std::int64_t id = 0;
  std::string customer;
  std::vector<Item> items;
  std::string note;

  static void rules(Schema<Order>& of) { of[&Order::customer].email(); }
};
BOOST_DESCRIBE_STRUCT(Order, (), (id, customer, items, note))

Response POST(const Request& request) { return Response::json(request.json<Order>()); }
