// libmongoc with owning types: each object is freed at the end of its scope. A worker has one
// connection pool, which all its threads share and which survives a rebuild of the routes.
#pragma once

#include <mongoc/mongoc.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace services {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

/// A document. Not a unique_ptr, because a template argument loses the alignment of bson_t.
class Bson {
 public:
  explicit Bson(bson_t* owned) : document_(owned) {}
  ~Bson() { bson_destroy(document_); }
  Bson(const Bson&) = delete;
  Bson& operator=(const Bson&) = delete;

  [[nodiscard]] bson_t* get() const { return document_; }
  bson_t& operator*() const { return *document_; }

 private:
  bson_t* document_;
};

using Collection = std::unique_ptr<mongoc_collection_t, FreeWith<mongoc_collection_destroy>>;
using Cursor = std::unique_ptr<mongoc_cursor_t, FreeWith<mongoc_cursor_destroy>>;
using MongoSession =
    std::unique_ptr<mongoc_client_session_t, FreeWith<mongoc_client_session_destroy>>;

/// The database is not available.
struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Unavailable with the library's message.
[[noreturn]] void fail(const bson_error_t& error);

/// A connection of the pool, returned at the end of its scope. The constructor waits while all
/// connections are in use, so use one at a time.
class Mongo {
 public:
  Mongo();
  ~Mongo();
  Mongo(const Mongo&) = delete;
  Mongo& operator=(const Mongo&) = delete;

  [[nodiscard]] mongoc_client_t* client() const { return client_; }
  /// Returns a collection of the database that MONGODB_URL names.
  [[nodiscard]] Collection collection(const char* name) const;

 private:
  mongoc_client_t* client_;
};

}  // namespace services
