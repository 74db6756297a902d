#include "millrace/password.hpp"

#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>

#include "session/base64url.hpp"
#include "session/openssl.hpp"

namespace millrace {

namespace {

using detail::bytes_of;
using detail::decode_base64url;
using detail::encode_base64url;
using detail::equal_in_constant_time;

constexpr unsigned kCost = 15;
constexpr unsigned kBlockSize = 8;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kHashSize = 32;
/// A hash from elsewhere must not require more.
constexpr unsigned kMaxCost = 18;
constexpr std::uint64_t kMostMemory = std::uint64_t{512} << 20U;

struct HashParameters {
  unsigned cost = kCost;
  unsigned block_size = kBlockSize;
  unsigned parallel = 1;
};

std::optional<std::string> scrypt(std::string_view password, std::string_view salt,
                                  const HashParameters& parameters, std::size_t size) {
  std::string hash(size, '\0');
  const int made = EVP_PBE_scrypt(password.data(), password.size(), bytes_of(salt), salt.size(),
                                  std::uint64_t{1} << parameters.cost, parameters.block_size,
                                  parameters.parallel, kMostMemory, bytes_of(hash), size);
  if (made != 1) return std::nullopt;
  return hash;
}

/// Removes "NAME=NUMBER" and the character that ends it from the start of `text`.
bool take_number(std::string_view& text, std::string_view name, char end, unsigned& to) {
  if (!text.starts_with(name)) return false;
  text.remove_prefix(name.size());
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), to);
  const auto used = static_cast<std::size_t>(stop - text.data());
  if (failed != std::errc() || used == text.size() || text[used] != end) return false;
  text.remove_prefix(used + 1);
  return true;
}

}  // namespace

std::string hash_password(std::string_view password) {
  std::string salt(kSaltSize, '\0');
  if (RAND_bytes(bytes_of(salt), static_cast<int>(salt.size())) != 1) {
    throw std::runtime_error("the system provides no random bytes for the salt of a password");
  }
  const auto hash = scrypt(password, salt, {}, kHashSize);
  if (!hash) throw std::runtime_error("scrypt failed: it needs 32 MB of memory");
  return "$scrypt$ln=15,r=8,p=1$" + encode_base64url(salt) + "$" + encode_base64url(*hash);
}

bool verify_password(std::string_view password, std::string_view hash) {
  HashParameters parameters;
  if (!take_number(hash, "$scrypt$ln=", ',', parameters.cost) ||
      !take_number(hash, "r=", ',', parameters.block_size) ||
      !take_number(hash, "p=", '$', parameters.parallel) || parameters.cost > kMaxCost ||
      parameters.cost < 1 || parameters.block_size < 1 || parameters.block_size > 16 ||
      parameters.parallel < 1 || parameters.parallel > 4) {
    return false;
  }
  const std::size_t dollar = hash.find('$');
  if (dollar == std::string_view::npos) return false;
  const auto salt = decode_base64url(hash.substr(0, dollar));
  const auto expected = decode_base64url(hash.substr(dollar + 1));
  if (!salt || !expected || expected->size() < 16 || expected->size() > 64) return false;
  const auto found = scrypt(password, *salt, parameters, expected->size());
  return found && equal_in_constant_time(*found, *expected);
}

}  // namespace millrace
