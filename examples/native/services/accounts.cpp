#include "services/accounts.hpp"

#include <millrace/env.hpp>
#include <millrace/password.hpp>
#include <millrace/shared.hpp>

#include <map>

namespace services {

namespace {

struct Entry {
  Account account;
  std::string hash;
};

/// In a real application, this reads a database.
std::map<std::string, Entry> read_accounts() {
  using millrace::hash_password;
  const std::string password = millrace::require_env("ADMIN_PASSWORD");
  return {{"ada@example.com",
           {.account = {.email = "ada@example.com", .name = "Ada", .role = "admin"},
            .hash = hash_password(password)}},
          {"bob@example.com",
           {.account = {.email = "bob@example.com", .name = "Bob", .role = "user"},
            .hash = hash_password("bobs password")}}};
}

}  // namespace

std::optional<Account> sign_in(const Credentials& credentials) {
  static const std::string nobody = millrace::hash_password("nobody has this password");
  const auto& accounts = millrace::shared<std::map<std::string, Entry>>("accounts", read_accounts);
  const auto found = accounts.find(credentials.email);
  const std::string& hash = found == accounts.end() ? nobody : found->second.hash;
  const bool right = millrace::verify_password(credentials.password, hash);
  if (found == accounts.end() || !right) return std::nullopt;
  return found->second.account;
}

}  // namespace services
