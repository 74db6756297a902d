// The database: PostgreSQL where DATABASE_URL begins with "postgresql://", as libpq takes it, else a
// file of SQLite. A worker makes a few connections once, and all its threads share them.
#pragma once

#include <soci/soci.h>

namespace services {

/// A connection, held until the end of its scope: `Database sql; sql << "delete from …";`. Waits
/// where all are held, so hold one at a time. Throws soci::soci_error where there is no database.
class Database : public soci::session {
 public:
  Database();
};

}  // namespace services
