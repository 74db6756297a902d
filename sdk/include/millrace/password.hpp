// Passwords are kept as hashes that are dear to guess from (scrypt, RFC 7914).
#pragma once

#include <string>
#include <string_view>

namespace millrace {

/// "$scrypt$ln=15,r=8,p=1$SALT$HASH": takes some tens of milliseconds of CPU and 32 MB. Throws
/// std::runtime_error where the system has no random bytes or no memory.
[[nodiscard]] std::string hash_password(std::string_view password);

/// Whether the password is the one of the hash. False for what is no hash of hash_password()'s.
[[nodiscard]] bool verify_password(std::string_view password, std::string_view hash);

}  // namespace millrace
