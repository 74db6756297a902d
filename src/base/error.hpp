// Error is an error as a value: a message that a user can act on, and a code that callers can
// branch on. Expected failures are returned as Result<T> (result.hpp); exceptions are only for
// start-up and for calls into third-party code.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace millrace::base {

enum class ErrorCode : std::uint8_t {
  /// A file, folder or address that should exist does not.
  not_found,
  /// Input that violates its format: a file, a frame, a request.
  invalid,
  /// Two things claim the same place: a port in use, two routes for one path.
  conflict,
  /// The operating system refused; the message names the call and its reason.
  system,
  /// A limit was reached; nothing was lost by refusing.
  exhausted,
  /// A child process or a peer ended the communication unexpectedly.
  broken,
};

/// Deliberately no aggregate: g++ 12.2 destroys aggregate temporaries twice inside co_await.
class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  /// Makes an error for a failed system call: "what: reason of errno_value".
  static Error from_errno(std::string what, int errno_value);

  [[nodiscard]] ErrorCode code() const { return code_; }
  /// One or more lines for the user: they name the file, what was expected, what was found, the
  /// fix.
  [[nodiscard]] const std::string& message() const { return message_; }

 private:
  ErrorCode code_;
  std::string message_;
};

}  // namespace millrace::base
