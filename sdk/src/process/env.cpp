#include "millrace/env.hpp"

#include <cstdlib>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>

namespace millrace {

namespace {

/// The values set by .env files since the process started; none for names that were unset.
struct Changes {
  std::shared_mutex mutex;
  std::map<std::string, std::optional<std::string>, std::less<>> values;
};

Changes& changes() {
  static Changes kept;
  return kept;
}

}  // namespace

std::optional<std::string> env(std::string_view name) {
  {
    Changes& changed = changes();
    const std::shared_lock lock(changed.mutex);
    const auto found = changed.values.find(name);
    if (found != changed.values.end()) return found->second;
  }
  const char* const value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

std::string env(std::string_view name, std::string_view fallback) {
  auto value = env(name);
  return value ? *std::move(value) : std::string(fallback);
}

std::string require_env(std::string_view name) {
  auto value = env(name);
  if (value) return *std::move(value);
  throw std::runtime_error("the environment variable " + std::string(name) +
                           " is not set; set it in .env.local or in the server's environment");
}

void detail::set_env(std::string_view name, std::optional<std::string> value) {
  Changes& changed = changes();
  const std::unique_lock lock(changed.mutex);
  changed.values.insert_or_assign(std::string(name), std::move(value));
}

}  // namespace millrace
