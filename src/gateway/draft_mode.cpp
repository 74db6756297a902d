#include "gateway/draft_mode.hpp"

#include <openssl/crypto.h>

#include <fstream>
#include <iterator>

#include "base/ascii.hpp"
#include "gateway/sha256.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

constexpr std::string_view kCookie = "__prerender_bypass";
constexpr std::size_t kValueLength = 32;

/// Computes the same value as previewModeId() in the worker's preview.ts.
std::optional<std::string> expected_value(const std::filesystem::path& root) {
  std::ifstream file(root / ".millrace" / "preview.key", std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), {}};
  text += "bypass";
  const auto digest = sha256(text);
  if (!digest) return std::nullopt;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string value;
  for (std::size_t at = 0; at < kValueLength / 2; ++at) {
    value += kDigits[(*digest)[at] >> 4U];
    value += kDigits[(*digest)[at] & 15U];
  }
  return value;
}

}  // namespace

bool DraftMode::is_on(std::string_view fields) const {
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (!base::equals_ignoring_case(name, "cookie")) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t end = rest.find(';');
      const std::string_view pair = base::trim(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      const std::size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == kCookie) {
        return knows(pair.substr(equals + 1));
      }
    }
  }
  return false;
}

bool DraftMode::knows(std::string_view value) const {
  if (value.size() != kValueLength) return false;
  if (!expected_) expected_ = expected_value(root_);
  return expected_ && CRYPTO_memcmp(value.data(), expected_->data(), kValueLength) == 0;
}

}  // namespace millrace::gateway
