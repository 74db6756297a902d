// MILLRACE_ASSERT states what only a bug of ours can break. It stays on in release builds: a
// server that has lost its invariants stops rather than answers wrongly. Input never reaches it.
#pragma once

namespace millrace::base {

/// Prints the condition and its place on stderr, then aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace millrace::base

#define MILLRACE_ASSERT(condition)                                        \
  do {                                                                    \
    if (!(condition)) [[unlikely]] {                                      \
      ::millrace::base::assertion_failed(#condition, __FILE__, __LINE__); \
    }                                                                     \
  } while (false)
