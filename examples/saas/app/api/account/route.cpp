// A route in C++ among those in TypeScript: it reads the session that NextAuth has made, with
// NEXTAUTH_SECRET, and asks nobody for it.
#include <millrace/route.hpp>

using namespace millrace;

struct Account {
  std::string name;
  std::string email;
  bool admin = false;
};
BOOST_DESCRIBE_STRUCT(Account, (), (name, email, admin))

Response GET(const Request& request) {
  // 401 where nobody has signed in.
  const Session session = require_session(request);
  const Account account{session.name(), session.email(), session.has_role("admin")};
  return Response::json(account).header("cache-control", "private, no-store");
}
