// A route in C++ among those in TypeScript. It decrypts NextAuth's session with NEXTAUTH_SECRET,
// without a request to another route.
#include <millrace/route.hpp>

using namespace millrace;

struct Account {
  std::string name;
  std::string email;
  bool admin = false;
};
BOOST_DESCRIBE_STRUCT(Account, (), (name, email, admin))

Response GET(const Request& request) {
  // Throws 401 without a session.
  const Session session = require_session(request);
  const Account account{session.name(), session.email(), session.has_role("admin")};
  return Response::json(account).header("cache-control", "private, no-store");
}
