// Hashes passwords with scrypt (RFC 7914), which makes guessing expensive.
#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// Returns a hash of the form "$scrypt$ln=15,r=8,p=1$SALT$HASH". Takes some tens of milliseconds of
/// CPU and 32 MB of memory. Throws std::runtime_error where the system has no random bytes or no
/// memory.
[[nodiscard]] std::string hash_password(std::string_view password);

/// Whether the password matches the hash. False for text that is not a hash of hash_password().
[[nodiscard]] bool verify_password(std::string_view password, std::string_view hash);

}  // namespace millrace
