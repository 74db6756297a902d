// Result<T> is a value or an Error. The names are those of std::expected, which this compiler's
// C++20 lacks, so that std::expected can replace it later. Ignoring a Result does not compile.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "base/assert.hpp"
#include "base/error.hpp"

namespace millrace::base {

template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose, so that `return value;` and `return Error{…};` read as they should.
  // NOLINTBEGIN(google-explicit-constructor)
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  /// Requires has_value(); anything else is a bug and aborts.
  [[nodiscard]] T& value() & {
    MILLRACE_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] const T& value() const& {
    MILLRACE_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  [[nodiscard]] T&& value() && {
    MILLRACE_ASSERT(has_value());
    return std::move(*std::get_if<0>(&state_));
  }

  /// Requires !has_value(); anything else is a bug and aborts.
  [[nodiscard]] const Error& error() const {
    MILLRACE_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }

  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }

  /// Requires !has_value(); anything else is a bug and aborts.
  [[nodiscard]] const Error& error() const {
    MILLRACE_ASSERT(!has_value());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace millrace::base
