// The accounts that can sign in. The administrator's password comes from the environment and is
// stored as a hash.
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>

#include <millrace/validation.hpp>

namespace services {

struct Credentials {
  std::string email;
  std::string password;

  static void rules(millrace::Schema<Credentials>& of) {
    of[&Credentials::email].email();
    of[&Credentials::password].min(1);
  }
};
BOOST_DESCRIBE_STRUCT(Credentials, (), (email, password))

struct Account {
  std::string email;
  std::string name;
  std::string role;
};
BOOST_DESCRIBE_STRUCT(Account, (), (email, name, role))

/// Returns the account, or none if it does not exist or the password is wrong. Both take the same
/// time.
std::optional<Account> sign_in(const Credentials& credentials);

}  // namespace services
