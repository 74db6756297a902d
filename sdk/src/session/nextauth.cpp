// Tokens that NextAuth encrypts: JSON Web Encryption (RFC 7516) in its compact form, with a key
// that both sides derive from the secret ("dir").
#include <array>
#include <cstdint>
#include <vector>

#include "millrace/session.hpp"
#include "session/base64url.hpp"
#include "session/openssl.hpp"
#include "session/token_time.hpp"

namespace millrace {

namespace {

using detail::bytes_of;
using detail::CipherContext;
using detail::decode_base64url;
using detail::equal_in_constant_time;
using detail::fault_of_time;
using detail::hkdf;
using detail::hmac;

constexpr std::size_t kLongestToken = std::size_t{64} * 1024;
/// Maximum clock skew, as in NextAuth.
constexpr std::chrono::seconds kTolerance{15};

struct Parts {
  std::string_view header;
  std::string initial_vector;
  std::string text;
  std::string tag;
};

std::optional<Parts> parts_of(std::string_view token) {
  if (token.size() > kLongestToken) return std::nullopt;
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t dot = token.find('.');
    parts.push_back(token.substr(0, dot));
    if (dot == std::string_view::npos) break;
    token.remove_prefix(dot + 1);
    if (parts.size() > 5) return std::nullopt;
  }
  // The part between header and initialization vector is the encrypted key, which "dir" does not
  // have.
  if (parts.size() != 5 || !parts[1].empty()) return std::nullopt;
  auto vector = decode_base64url(parts[2]);
  auto text = decode_base64url(parts[3]);
  auto tag = decode_base64url(parts[4]);
  if (!vector || !text || !tag) return std::nullopt;
  return Parts{.header = parts[0],
               .initial_vector = *std::move(vector),
               .text = *std::move(text),
               .tag = *std::move(tag)};
}

/// "A256GCM".
std::optional<std::string> decrypt_gcm(const Parts& parts, std::string_view key) {
  if (parts.initial_vector.size() != 12 || parts.tag.size() != 16) return std::nullopt;
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string plain(parts.text.size() + 16, '\0');
  std::string tag = parts.tag;
  int size = 0;
  int rest = 0;
  const bool good = EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                                       bytes_of(std::string_view(parts.initial_vector))) == 1 &&
                    EVP_DecryptUpdate(context.get(), nullptr, &size, bytes_of(parts.header),
                                      static_cast<int>(parts.header.size())) == 1 &&
                    EVP_DecryptUpdate(context.get(), bytes_of(plain), &size,
                                      bytes_of(std::string_view(parts.text)),
                                      static_cast<int>(parts.text.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, 16, tag.data()) == 1 &&
                    EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + size, &rest) == 1;
  if (!good) return std::nullopt;
  plain.resize(static_cast<std::size_t>(size + rest));
  return plain;
}

/// "A256CBC-HS512" (RFC 7518, section 5.2): the first half of the key authenticates, the second
/// decrypts.
std::optional<std::string> decrypt_cbc(const Parts& parts, std::string_view key) {
  if (parts.initial_vector.size() != 16 || parts.text.empty() || parts.text.size() % 16 != 0) {
    return std::nullopt;
  }
  std::string authenticated(parts.header);
  authenticated.append(parts.initial_vector).append(parts.text);
  const std::uint64_t bits = parts.header.size() * 8;
  for (int shift = 56; shift >= 0; shift -= 8) {
    authenticated.push_back(static_cast<char>((bits >> static_cast<unsigned>(shift)) & 0xFFU));
  }
  const std::string tag = hmac("SHA512", key.substr(0, 32), authenticated).substr(0, 32);
  if (!equal_in_constant_time(tag, parts.tag)) return std::nullopt;
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string plain(parts.text.size() + 16, '\0');
  int size = 0;
  int rest = 0;
  const bool good =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, bytes_of(key.substr(32)),
                         bytes_of(std::string_view(parts.initial_vector))) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes_of(plain), &size,
                        bytes_of(std::string_view(parts.text)),
                        static_cast<int>(parts.text.size())) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes_of(plain) + size, &rest) == 1;
  if (!good) return std::nullopt;
  plain.resize(static_cast<std::size_t>(size + rest));
  return plain;
}

bool has_text(const json::object& header, std::string_view name, std::string_view text) {
  const auto* const value = header.if_contains(name);
  return value != nullptr && value->is_string() && std::string_view(value->get_string()) == text;
}

/// Whether the cookie has the default name of version 4.
bool is_of_version_4(std::string_view cookie) {
  return cookie.find("next-auth") != std::string_view::npos;
}

std::string key_of_version_4(std::string_view secret, std::size_t size) {
  return hkdf(secret, "", "NextAuth.js Generated Encryption Key", size);
}

std::string key_of_version_5(std::string_view secret, std::string_view cookie, std::size_t size) {
  return hkdf(secret, cookie, "Auth.js Generated Encryption Key (" + std::string(cookie) + ")",
              size);
}

/// The text, decrypted with the key of either version: both let a project choose its cookie names.
template <class Decrypt>
std::optional<std::string> decrypt(const Parts& parts, std::string_view secret,
                                   std::string_view cookie, std::size_t size, Decrypt with) {
  const bool version_4_first = is_of_version_4(cookie);
  for (const bool version_4 : {version_4_first, !version_4_first}) {
    auto plain = with(
        parts, version_4 ? key_of_version_4(secret, size) : key_of_version_5(secret, cookie, size));
    if (plain) return plain;
  }
  return std::nullopt;
}

}  // namespace

std::optional<json::object> decrypt_nextauth(std::string_view token, std::string_view secret,
                                             std::string_view cookie,
                                             std::chrono::system_clock::time_point now) {
  const auto parts = parts_of(token);
  const auto header_text = parts ? decode_base64url(parts->header) : std::nullopt;
  if (!header_text) return std::nullopt;
  const auto header = detail::parse_json(*header_text).value;
  const auto* const fields = header ? header->if_object() : nullptr;
  if (fields == nullptr || !has_text(*fields, "alg", "dir") || fields->contains("crit") ||
      fields->contains("zip")) {
    return std::nullopt;
  }
  std::optional<std::string> plain;
  if (has_text(*fields, "enc", "A256GCM")) plain = decrypt(*parts, secret, cookie, 32, decrypt_gcm);
  if (has_text(*fields, "enc", "A256CBC-HS512")) {
    plain = decrypt(*parts, secret, cookie, 64, decrypt_cbc);
  }
  if (!plain) return std::nullopt;
  auto claims = detail::parse_json(*plain).value;
  if (!claims || !claims->is_object()) return std::nullopt;
  if (!fault_of_time(claims->get_object(), now, kTolerance).empty()) return std::nullopt;
  return std::move(claims->get_object());
}

}  // namespace millrace
