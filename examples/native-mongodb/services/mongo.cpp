#include "services/mongo.hpp"

#include <millrace/env.hpp>
#include <millrace/shared.hpp>

namespace services {

namespace {

class Pool {
 public:
  Pool() {
    mongoc_init();
    const std::string url = millrace::require_env("MONGODB_URL");
    bson_error_t error;
    uri_.reset(mongoc_uri_new_with_error(url.c_str(), &error));
    if (!uri_) throw std::runtime_error(std::string("MONGODB_URL: ") + error.message);
    if (database() == nullptr) {
      throw std::runtime_error("MONGODB_URL: expected the database's name, mongodb://host/name");
    }
    pool_.reset(mongoc_client_pool_new(uri_.get()));
    mongoc_client_pool_set_error_api(pool_.get(), MONGOC_ERROR_API_VERSION_2);
    const auto size = std::stoul(millrace::env("MILLRACE_DB_POOL_SIZE", "4"));
    mongoc_client_pool_max_size(pool_.get(), static_cast<std::uint32_t>(size));
  }

  [[nodiscard]] const char* database() const { return mongoc_uri_get_database(uri_.get()); }
  [[nodiscard]] mongoc_client_pool_t* get() const { return pool_.get(); }

 private:
  std::unique_ptr<mongoc_uri_t, FreeWith<mongoc_uri_destroy>> uri_;
  std::unique_ptr<mongoc_client_pool_t, FreeWith<mongoc_client_pool_destroy>> pool_;
};

Pool& pool() { return millrace::shared<Pool>("mongodb"); }

}  // namespace

void fail(const bson_error_t& error) { throw Unavailable(error.message); }

Mongo::Mongo() : client_(mongoc_client_pool_pop(pool().get())) {}

Mongo::~Mongo() { mongoc_client_pool_push(pool().get(), client_); }

Collection Mongo::collection(const char* name) const {
  return Collection(mongoc_client_get_collection(client_, pool().database(), name));
}

}  // namespace services
