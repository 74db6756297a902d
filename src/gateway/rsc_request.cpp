#include "gateway/rsc_request.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "base/ascii.hpp"
#include "gateway/sha256.hpp"
#include "gateway/site.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

constexpr std::string_view kParameter = "_rsc";
/// How many bytes of the digest are used; in Base64 they need no padding.
constexpr std::size_t kDigestBytes = 12;
constexpr std::size_t kHashLength = kDigestBytes / 3 * 4;
constexpr std::size_t kShortHashLength = 5;

constexpr std::string_view kNoPrefetch = "0";

/// Returns the kind of prefetch that the request names; kNoPrefetch for an unknown one.
std::string_view prefetch_in(std::string_view fields) {
  const std::string_view given =
      http::find_field(fields, "next-router-prefetch").value_or(kNoPrefetch);
  const bool is_known = given == "1" || given == "2" || given == "3";
  return is_known ? given : kNoPrefetch;
}

/// Returns the text that is hashed, or nothing if the request has none of the fields.
std::optional<std::string> hashed_text(std::string_view fields) {
  const std::string_view prefetch = prefetch_in(fields);
  const auto segment = http::find_field(fields, "next-router-segment-prefetch");
  const auto tree = http::find_field(fields, "next-router-state-tree");
  const auto url = http::find_field(fields, "next-url");
  if (prefetch == kNoPrefetch && !segment && !tree && !url) return std::nullopt;
  std::string text(prefetch);
  for (const auto& part : {segment, tree, url}) text.append(",").append(part.value_or("0"));
  return text;
}

/// Returns nothing if there is no digest.
std::optional<std::string> hash_of(std::string_view text) {
  const auto digest = sha256(text);
  if (!digest) return std::nullopt;
  std::array<unsigned char, kHashLength + 1> encoded{};
  EVP_EncodeBlock(encoded.data(), digest->data(), kDigestBytes);
  std::string hash(encoded.begin(), encoded.begin() + kHashLength);
  std::replace(hash.begin(), hash.end(), '+', '-');
  std::replace(hash.begin(), hash.end(), '/', '_');
  return hash;
}

/// Returns the hash of clients that cannot compute SHA-256.
std::string short_hash_of(std::string_view text) {
  std::uint32_t hash = 5381;
  for (const char c : text) hash = hash * 33 + static_cast<unsigned char>(c);
  std::array<char, 16> digits{};
  const auto [end, failed] = std::to_chars(digits.begin(), digits.end(), hash, 36);
  const std::string_view all(digits.begin(), static_cast<std::size_t>(end - digits.begin()));
  return std::string(all.substr(0, kShortHashLength));
}

std::string_view name_of(std::string_view pair) { return pair.substr(0, pair.find('=')); }

/// Calls `visit` with each pair of a query.
template <typename Visit>
void each_pair(std::string_view query, const Visit& visit) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    if (end > 0) visit(query.substr(0, end));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
}

}  // namespace

std::optional<std::string> rsc_redirect(std::string_view target, std::string_view fields) {
  if (http::find_field(fields, "rsc") != "1") return std::nullopt;
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view query = target.substr(std::min(mark + 1, target.size()));
  std::optional<std::string> given;
  each_pair(query, [&given](std::string_view pair) {
    if (given || name_of(pair) != kParameter) return;
    given = base::percent_decoded(pair.substr(std::min(kParameter.size() + 1, pair.size())));
  });
  const auto text = hashed_text(fields);
  std::string hash;
  if (text) {
    const std::string short_hash = short_hash_of(*text);
    if (given == short_hash) return std::nullopt;
    // A request whose hash cannot be computed is not served where it is, either.
    hash = hash_of(*text).value_or(short_hash);
  }
  if (given == hash) return std::nullopt;
  std::string location(target.substr(0, mark));
  location += '?';
  each_pair(query, [&location](std::string_view pair) {
    // Without a value it stays, as under Next.js.
    if (!pair.starts_with("_rsc=")) location.append(pair).append("&");
  });
  location.append(kParameter);
  if (!hash.empty()) location.append("=").append(hash);
  return location;
}

std::optional<std::string> rsc_redirect(const Site& site, std::uint32_t number,
                                        std::string_view target, std::string_view fields) {
  const project::Manifest& manifest = site.manifest;
  const bool is_shown = manifest.routes[number].is_page() && !site.is_for_next_dev(number);
  // The client asks for a page, and is shown that there is none.
  const bool is_not_found = manifest.pages && manifest.pages->not_found == number;
  if (!manifest.config.validate_rsc || !is_shown || is_not_found) return std::nullopt;
  return rsc_redirect(target, fields);
}

}  // namespace millrace::gateway
