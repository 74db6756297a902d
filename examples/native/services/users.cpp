#include "services/users.hpp"

#include <millrace/shared.hpp>

#include "lib/errors.hpp"

namespace services {

Users& users() { return millrace::shared<Users>("users"); }

std::vector<User> Users::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<User> list;
  for (const auto& [id, user] : users_) list.push_back(user);
  return list;
}

std::optional<User> Users::find(std::int64_t id) const {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(id);
  if (found == users_.end()) return std::nullopt;
  return found->second;
}

void Users::check_email(const std::string& email, std::int64_t except) const {
  for (const auto& [id, user] : users_) {
    if (user.email == email && id != except) throw Conflict("the address " + email + " is taken");
  }
}

User Users::add(const UserInput& input) {
  const std::lock_guard lock(mutex_);
  check_email(input.email, 0);
  const User user{.id = next_++, .name = input.name, .email = input.email, .age = input.age};
  users_.emplace(user.id, user);
  return user;
}

std::optional<User> Users::replace(std::int64_t id, const UserInput& input) {
  const std::lock_guard lock(mutex_);
  const auto found = users_.find(id);
  if (found == users_.end()) return std::nullopt;
  check_email(input.email, id);
  found->second = {.id = id, .name = input.name, .email = input.email, .age = input.age};
  return found->second;
}

bool Users::remove(std::int64_t id) {
  const std::lock_guard lock(mutex_);
  return users_.erase(id) > 0;
}

}  // namespace services
