#include "services/products.hpp"

#include "lib/errors.hpp"
#include "services/database.hpp"

namespace services {

std::vector<Product> products(const std::string& tag, int limit) {
  Database sql;
  // Pass values only with use(): a string in the text of a statement allows SQL injection.
  const soci::rowset<soci::row> rows =
      (sql.prepare << "select found.sku, found.name, found.cents, tags.tag from "
                      "(select sku, name, cents from products where :all = 1 or exists "
                      "(select 1 from tags where tags.sku = products.sku and tags.tag = :tag) "
                      "order by name, sku limit :limit) found "
                      "left join tags on tags.sku = found.sku "
                      "order by found.name, found.sku, tags.tag",
       soci::use(tag.empty() ? 1 : 0, "all"), soci::use(tag, "tag"), soci::use(limit, "limit"));
  std::vector<Product> found;
  for (const soci::row& row : rows) {
    const auto sku = row.get<std::string>(0);
    if (found.empty() || found.back().sku != sku) {
      found.push_back({.sku = sku,
                       .name = row.get<std::string>(1),
                       .cents = row.get<long long>(2),
                       .tags = {}});
    }
    if (row.get_indicator(3) == soci::i_ok) found.back().tags.push_back(row.get<std::string>(3));
  }
  return found;
}

Product add_product(const ProductInput& input) {
  Database sql;
  soci::transaction all_or_nothing(sql);
  const long long cents = input.cents;
  // Two requests may add the same product at once, so the database decides, not an earlier query.
  soci::statement insert =
      (sql.prepare << "insert into products (sku, name, cents) values (:sku, :name, :cents) "
                      "on conflict (sku) do nothing",
       soci::use(input.sku), soci::use(input.name), soci::use(cents));
  insert.execute(true);
  if (insert.get_affected_rows() == 0) throw Conflict("there is a product " + input.sku);
  for (const std::string& tag : input.tags) {
    sql << "insert into tags (sku, tag) values (:sku, :tag) on conflict (sku, tag) do nothing",
        soci::use(input.sku), soci::use(tag);
  }
  all_or_nothing.commit();
  return {.sku = input.sku, .name = input.name, .cents = input.cents, .tags = input.tags};
}

}  // namespace services
