// The catalogue, stored in a database with SOCI. All functions are safe to call from any thread.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include <millrace/validation.hpp>

namespace services {

struct ProductInput {
  std::string sku;
  std::string name;
  std::int64_t cents = 0;
  std::vector<std::string> tags;

  static void rules(millrace::Schema<ProductInput>& of) {
    of[&ProductInput::sku].regex("^[a-z0-9-]+$", "Lower-case letters, digits and dashes");
    of[&ProductInput::name].min(1).max(120);
    of[&ProductInput::cents].min(0);
    of[&ProductInput::tags].max(8);
  }
};
BOOST_DESCRIBE_STRUCT(ProductInput, (), (sku, name, cents, tags))

struct Product {
  std::string sku;
  std::string name;
  std::int64_t cents = 0;
  std::vector<std::string> tags;
};
BOOST_DESCRIBE_STRUCT(Product, (), (sku, name, cents, tags))

/// Returns at most `limit` products with the tag, or of all if it is empty, ordered by name.
std::vector<Product> products(const std::string& tag, int limit);

/// Adds the product and its tags in one transaction. Throws Conflict if the sku exists.
Product add_product(const ProductInput& input);

}  // namespace services
