#include "services/database.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <millrace/env.hpp>
#include <millrace/shared.hpp>

#include <string>

namespace services {

namespace {

constexpr const char* kSchema[] = {
    "create table if not exists products (sku text primary key, name text not null, "
    "cents bigint not null)",
    "create table if not exists tags (sku text not null references products (sku), "
    "tag text not null, primary key (sku, tag))",
};

class Pool {
 public:
  Pool() : size_(std::stoul(millrace::env("MILLRACE_DB_POOL_SIZE", "4"))), pool_(size_) {
    const std::string url = millrace::require_env("DATABASE_URL");
    const bool postgresql = url.starts_with("postgresql://");
    for (std::size_t i = 0; i < size_; ++i) {
      if (postgresql)
        pool_.at(i).open(soci::postgresql, url);
      else
        pool_.at(i).open(soci::sqlite3, "db=" + url + " timeout=5");
    }
    soci::session& sql = pool_.at(0);
    // With a write-ahead log, SQLite's readers and its writer do not wait for each other.
    if (!postgresql) sql << "pragma journal_mode = wal";
    soci::transaction schema(sql);
    // Workers start at the same time, and "if not exists" of PostgreSQL is not safe against that.
    if (postgresql) sql << "select pg_advisory_xact_lock(8147)";
    for (const char* statement : kSchema) sql << statement;
    schema.commit();
  }

  soci::connection_pool& connections() { return pool_; }

 private:
  std::size_t size_;
  soci::connection_pool pool_;
};

}  // namespace

Database::Database() : soci::session(millrace::shared<Pool>("database").connections()) {
  // A connection that was idle while the database restarted is broken.
  if (!is_connected()) reconnect();
}

}  // namespace services
