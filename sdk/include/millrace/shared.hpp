// shared() keeps one value for all routes of a worker and across reloads: a connection pool, a
// cache, a client. It corresponds to a global in JavaScript that caches a connection.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <typeinfo>
#include <utility>

namespace millrace {

namespace detail {

/// The value of that name, created by `make` where there is none. Throws std::logic_error where it
/// was created with another type.
[[nodiscard]] std::shared_ptr<void> shared_value(
    std::string_view name, const std::type_info& type, std::size_t size,
    const std::function<std::shared_ptr<void>()>& make);

/// Destroys all values, the newest first. For the host, after its threads have ended.
void clear_shared_values();

}  // namespace detail

/// The value of that name in this worker. The first caller creates it with `factory`, other callers
/// wait. An exception of the factory reaches its caller, and the next caller tries again. All
/// threads use the value: its type must allow that. It lives until the worker ends, also when its
/// route is rebuilt: choose another name when its type changes.
template <class T, class Factory>
[[nodiscard]] T& shared(std::string_view name, Factory&& factory) {
  const auto make = [&factory]() -> std::shared_ptr<void> {
    return std::shared_ptr<T>(new T(std::forward<Factory>(factory)()));
  };
  return *static_cast<T*>(detail::shared_value(name, typeid(T), sizeof(T), make).get());
}

/// The same, with the default constructor as factory.
template <class T>
[[nodiscard]] T& shared(std::string_view name) {
  const auto make = []() -> std::shared_ptr<void> { return std::make_shared<T>(); };
  return *static_cast<T*>(detail::shared_value(name, typeid(T), sizeof(T), make).get());
}

}  // namespace millrace
