// The database: PostgreSQL if DATABASE_URL begins with "postgresql://" (in libpq's format), else an
// SQLite file. A worker opens a few connections once, and all its threads share them.
#pragma once

#include <soci/soci.h>

namespace services {

/// A connection, returned at the end of its scope: `Database sql; sql << "delete from …";`. The
/// constructor waits while all connections are in use, so use one at a time. It throws
/// soci::soci_error if the database is not available.
class Database : public soci::session {
 public:
  Database();
};

}  // namespace services
