// MILLRACE_ASSERT states a condition that only a bug in Millrace can violate. It stays on in
// release builds: a server whose invariants are broken stops rather than sends wrong responses. It
// is never used for input.
#pragma once

namespace millrace::base {

/// Prints the condition and its location on stderr, then aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace millrace::base

#define MILLRACE_ASSERT(condition)                                        \
  do {                                                                    \
    if (!(condition)) [[unlikely]] {                                      \
      ::millrace::base::assertion_failed(#condition, __FILE__, __LINE__); \
    }                                                                     \
  } while (false)
