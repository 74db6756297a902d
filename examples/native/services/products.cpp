#include "services/products.hpp"

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <millrace/env.hpp>
#include <millrace/shared.hpp>

#include <memory>

#include "lib/errors.hpp"

namespace services {

namespace {

constexpr std::size_t kConnections = 4;

/// Connections are dear to make: each worker has a few, for all its threads.
class Database {
 public:
  Database() : pool_(kConnections) {
    const std::string file = millrace::require_env("DATABASE_FILE");
    for (std::size_t i = 0; i < kConnections; ++i) {
      pool_.at(i).open(soci::sqlite3, "db=" + file + " timeout=5");
    }
    soci::session sql(pool_);
    sql << "create table if not exists products (sku text primary key, name text, cents integer)";
    sql << "create table if not exists tags (sku text, tag text)";
  }

  soci::connection_pool& pool() { return pool_; }

 private:
  soci::connection_pool pool_;
};

soci::connection_pool& pool() { return millrace::shared<Database>("products").pool(); }

std::vector<std::string> tags_of(soci::session& sql, const std::string& sku) {
  const soci::rowset<std::string> rows =
      (sql.prepare << "select tag from tags where sku = :sku order by tag", soci::use(sku));
  return {rows.begin(), rows.end()};
}

}  // namespace

std::vector<Product> products(const std::string& tag, int limit) {
  soci::session sql(pool());
  std::vector<Product> found;
  const soci::rowset<soci::row> rows =
      (sql.prepare << "select sku, name, cents from products where :tag = '' or exists (select 1 "
                      "from tags where tags.sku = products.sku and tag = :tag) order by name "
                      "limit :limit",
       soci::use(tag, "tag"), soci::use(limit, "limit"));
  for (const soci::row& row : rows) {
    found.push_back({.sku = row.get<std::string>(0),
                     .name = row.get<std::string>(1),
                     .cents = row.get<int>(2),
                     .tags = {}});
  }
  for (Product& product : found) product.tags = tags_of(sql, product.sku);
  return found;
}

Product add_product(const ProductInput& input) {
  soci::session sql(pool());
  soci::transaction all_or_nothing(sql);
  int known = 0;
  sql << "select count(*) from products where sku = :sku", soci::use(input.sku), soci::into(known);
  if (known > 0) throw Conflict("there is a product " + input.sku);
  const long long cents = input.cents;
  sql << "insert into products (sku, name, cents) values (:sku, :name, :cents)",
      soci::use(input.sku), soci::use(input.name), soci::use(cents);
  for (const std::string& tag : input.tags) {
    sql << "insert into tags (sku, tag) values (:sku, :tag)", soci::use(input.sku), soci::use(tag);
  }
  all_or_nothing.commit();
  return {.sku = input.sku, .name = input.name, .cents = input.cents, .tags = input.tags};
}

}  // namespace services
