// The users of the product. Handlers deal with HTTP, services with the logic. This service stores
// its users in memory and is safe to call from any thread.
#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <millrace/validation.hpp>

namespace services {

/// A user as clients send it.
struct UserInput {
  std::string name;
  std::string email;
  std::optional<int> age;

  static void rules(millrace::Schema<UserInput>& of) {
    of[&UserInput::name].trim().min(1).max(80);
    of[&UserInput::email].email();
    of[&UserInput::age].min(18).max(130);
  }
};
BOOST_DESCRIBE_STRUCT(UserInput, (), (name, email, age))

struct User {
  std::int64_t id = 0;
  std::string name;
  std::string email;
  std::optional<int> age;
};
BOOST_DESCRIBE_STRUCT(User, (), (id, name, email, age))

class Users {
 public:
  std::vector<User> all() const;
  std::optional<User> find(std::int64_t id) const;
  /// Throws Conflict if another user has the address.
  User add(const UserInput& input);
  /// Returns none if there is no such user.
  std::optional<User> replace(std::int64_t id, const UserInput& input);
  bool remove(std::int64_t id);

 private:
  void check_email(const std::string& email, std::int64_t except) const;

  mutable std::mutex mutex_;
  std::map<std::int64_t, User> users_;
  std::int64_t next_ = 1;
};

/// Returns the worker's users. They are created once and survive a rebuild of the routes.
Users& users();

}  // namespace services
