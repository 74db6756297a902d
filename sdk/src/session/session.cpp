#include "millrace/session.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "millrace/env.hpp"
#include "millrace/response.hpp"

namespace millrace {

namespace {

constexpr std::array<std::string_view, 4> kNextAuthCookies = {
    "__Secure-authjs.session-token", "authjs.session-token", "__Secure-next-auth.session-token",
    "next-auth.session-token"};
constexpr std::string_view kSecurePrefix = "__Secure-";
/// Browsers accept no larger cookie, its name included (RFC 6265, section 6.1).
constexpr std::size_t kMaxCookie = 4096;
/// Browsers accept no more for one site.
constexpr int kMaxChunks = 32;

/// A cookie's value, joined from its chunks NAME.0, NAME.1 … Where a cookie NAME exists too, its
/// value comes first, as in NextAuth's SessionStore: together they are not a token and give no
/// session.
std::optional<std::string> joined_cookie(const RequestCookies& cookies, std::string_view name) {
  std::string value = cookies.get(name).value_or("");
  for (int piece = 0; piece < kMaxChunks; ++piece) {
    const auto part = cookies.get(std::string(name) + "." + std::to_string(piece));
    if (!part) break;
    value += *part;
  }
  if (value.empty()) return std::nullopt;
  return value;
}

/// Whether the site uses https, as NextAuth determines it.
bool is_secure(const RequestHead& request) {
  for (const char* name : {"AUTH_URL", "NEXTAUTH_URL"}) {
    if (const auto url = env(name); url && !url->empty()) return url->starts_with("https://");
  }
  return request.url().protocol() == "https:";
}

std::optional<json::object> decrypt_with_any(std::string_view token, std::string_view cookie,
                                             const SessionOptions& options) {
  const auto now = options.rules.now.value_or(JwtRules::Clock::now());
  for (const std::string& secret : options.secrets) {
    if (secret.empty()) continue;
    if (auto claims = decrypt_nextauth(token, secret, cookie, now)) return claims;
  }
  return std::nullopt;
}

std::optional<json::object> nextauth_claims(const RequestHead& request,
                                            const SessionOptions& options) {
  for (const std::string_view name : kNextAuthCookies) {
    const auto token = joined_cookie(request.cookies(), name);
    if (!token || (!name.starts_with(kSecurePrefix) && is_secure(request))) continue;
    if (auto claims = decrypt_with_any(*token, name, options)) return claims;
  }
  return std::nullopt;
}

/// The claims of a bearer token that NextAuth encrypted, for any of its cookies.
std::optional<json::object> nextauth_bearer_claims(std::string_view token,
                                                   const SessionOptions& options) {
  constexpr auto kDotsOfEncrypted = 4;
  if (std::count(token.begin(), token.end(), '.') != kDotsOfEncrypted) return std::nullopt;
  for (const std::string_view name : kNextAuthCookies) {
    if (auto claims = decrypt_with_any(token, name, options)) return claims;
  }
  return std::nullopt;
}

/// The rules for Millrace's own cookie, which has neither issuer nor audience.
JwtRules rules_of_cookie(const JwtRules& rules) {
  JwtRules own;
  own.now = rules.now;
  own.tolerance = rules.tolerance;
  return own;
}

std::vector<VerificationKey> keys_of(const std::vector<std::string>& secrets) {
  std::vector<VerificationKey> keys;
  keys.reserve(secrets.size());
  for (const std::string& secret : secrets) keys.push_back(VerificationKey::from_secret(secret));
  return keys;
}

std::optional<std::string> bearer_token(const RequestHead& request) {
  constexpr std::string_view kScheme = "bearer ";
  auto field = request.headers().get("authorization");
  if (!field || field->size() <= kScheme.size()) return std::nullopt;
  const bool bearer = std::equal(
      kScheme.begin(), kScheme.end(), field->begin(),
      [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + 32) : b); });
  if (!bearer) return std::nullopt;
  return field->substr(kScheme.size());
}

bool names(const json::object& claims, std::string_view role) {
  const auto is_role = [role](const json::value& value) {
    return value.is_string() && std::string_view(value.get_string()) == role;
  };
  const auto* const one = claims.if_contains("role");
  if (one != nullptr && is_role(*one)) return true;
  const auto* const several = claims.if_contains("roles");
  return several != nullptr && several->is_array() &&
         std::any_of(several->get_array().begin(), several->get_array().end(), is_role);
}

}  // namespace

std::string Session::text(std::string_view claim) const {
  const auto* const value = claims_.if_contains(claim);
  return value != nullptr && value->is_string() ? std::string(std::string_view(value->get_string()))
                                                : std::string();
}

bool Session::has_role(std::string_view role) const {
  if (names(claims_, role)) return true;
  const auto* const user = claims_.if_contains("user");
  return user != nullptr && user->is_object() && names(user->get_object(), role);
}

SessionOptions session_options() {
  SessionOptions options;
  for (const char* name :
       {"AUTH_SECRET", "NEXTAUTH_SECRET", "AUTH_SECRET_3", "AUTH_SECRET_2", "AUTH_SECRET_1"}) {
    auto secret = env(name);
    if (secret && !secret->empty()) options.secrets.push_back(*std::move(secret));
  }
  return options;
}

std::optional<Session> session(const RequestHead& request) {
  return session(request, session_options());
}

std::optional<Session> session(const RequestHead& request, const SessionOptions& options) {
  if (auto claims = nextauth_claims(request, options)) return Session(*std::move(claims));
  const std::vector<VerificationKey> secrets = keys_of(options.secrets);
  if (const auto token = request.cookies().get(options.cookie)) {
    if (auto verified = verify_jwt(*token, secrets, rules_of_cookie(options.rules))) {
      return Session(*std::move(verified.claims));
    }
  }
  const auto token = bearer_token(request);
  if (!token) return std::nullopt;
  if (auto claims = nextauth_bearer_claims(*token, options)) return Session(*std::move(claims));
  for (const auto& keys : {std::span<const VerificationKey>(options.keys),
                           std::span<const VerificationKey>(secrets)}) {
    if (auto verified = verify_jwt(*token, keys, options.rules)) {
      return Session(*std::move(verified.claims));
    }
  }
  return std::nullopt;
}

void require_role(const std::optional<Session>& session, std::string_view role) {
  if (!session) throw HttpError(401, "Unauthorized");
  if (!session->has_role(role)) throw HttpError(403, "Forbidden");
}

Session require_session(const RequestHead& request) {
  auto found = session(request);
  if (!found) throw HttpError(401, "Unauthorized");
  return *std::move(found);
}

Session require_role(const RequestHead& request, std::string_view role) {
  auto found = session(request);
  require_role(found, role);
  return *std::move(found);
}

Cookie session_cookie(json::object claims, std::chrono::seconds lifetime) {
  return session_cookie(std::move(claims), lifetime, session_options());
}

Cookie session_cookie(json::object claims, std::chrono::seconds lifetime,
                      const SessionOptions& options) {
  if (options.secrets.empty()) {
    throw std::runtime_error(
        "sessions need a secret: set AUTH_SECRET=… in .env.local (openssl rand -base64 32)");
  }
  Cookie cookie(options.cookie, sign_jwt(std::move(claims), options.secrets.front(), lifetime));
  if (cookie.name.size() + cookie.value.size() > kMaxCookie) {
    throw std::length_error(
        "the session's claims are too large for a cookie: " + std::to_string(cookie.value.size()) +
        " bytes signed; keep an id in it and the rest in your database");
  }
  cookie.max_age = lifetime;
  cookie.http_only = true;
  cookie.same_site = SameSite::lax;
  cookie.secure = env("NODE_ENV", "production") == "production";
  return cookie;
}

}  // namespace millrace
