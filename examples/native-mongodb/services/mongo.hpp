// libmongoc with owners: each object is freed at the end of its scope. A worker makes one pool of
// connections, which all its threads share, and which stays when routes are rebuilt.
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

/// A document. (No unique_ptr: bson_t says how it is aligned, which a template's argument loses.)
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

/// The database cannot be asked now.
struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws Unavailable with what the library says.
[[noreturn]] void fail(const bson_error_t& error);

/// A connection, held until the end of its scope. Waits where all are held: hold one at a time.
class Mongo {
 public:
  Mongo();
  ~Mongo();
  Mongo(const Mongo&) = delete;
  Mongo& operator=(const Mongo&) = delete;

  [[nodiscard]] mongoc_client_t* client() const { return client_; }
  /// Of the database that MONGODB_URL names.
  [[nodiscard]] Collection collection(const char* name) const;

 private:
  mongoc_client_t* client_;
};

}  // namespace services
