// Sessions shared with JavaScript: the user of a request, identified by the cookie of NextAuth v4
// or Auth.js (v5), by Millrace's own signed cookie, or by a bearer token.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/json.hpp"
#include "millrace/jwt.hpp"
#include "millrace/request.hpp"

namespace millrace {

/// The user of a request, as stated by the claims of the token. A value.
class Session {
 public:
  explicit Session(json::object claims) : claims_(std::move(claims)) {}

  [[nodiscard]] const json::object& claims() const { return claims_; }
  /// A claim that is a string; empty where it is missing or not a string.
  [[nodiscard]] std::string text(std::string_view claim) const;
  [[nodiscard]] std::string subject() const { return text("sub"); }
  [[nodiscard]] std::string email() const { return text("email"); }
  [[nodiscard]] std::string name() const { return text("name"); }
  /// Whether `role` equals the claim `role` or is one of `roles`, of the token or of its `user`.
  [[nodiscard]] bool has_role(std::string_view role) const;

 private:
  json::object claims_;
};

/// Which tokens are accepted as sessions.
struct SessionOptions {
  SessionOptions() {}

  /// The secrets that cookies are encrypted or signed with. The first one signs; the others are
  /// previous ones that are still accepted.
  std::vector<std::string> secrets = {};
  /// The name of Millrace's own signed cookie.
  std::string cookie = "session";
  /// Keys for bearer tokens, in addition to the secrets.
  std::vector<VerificationKey> keys = {};
  /// The rules for signed bearer tokens. For cookies only its time and tolerance apply.
  JwtRules rules;
};

/// Options with the secrets of AUTH_SECRET, NEXTAUTH_SECRET and, as previous secrets,
/// AUTH_SECRET_3, _2 and _1.
[[nodiscard]] SessionOptions session_options();

/// The session of a request, or none where it has no valid token. Checks the cookies of NextAuth v4
/// and v5 (whole or in chunks), Millrace's own cookie, and `Authorization: Bearer`. Where the site
/// uses https, by AUTH_URL or NEXTAUTH_URL, else by the request's URL, only NextAuth cookies with
/// the prefix `__Secure-` are accepted, as in NextAuth: an attacker in the network could have set
/// others.
[[nodiscard]] std::optional<Session> session(const RequestHead& request);
[[nodiscard]] std::optional<Session> session(const RequestHead& request,
                                             const SessionOptions& options);

/// The session. Throws HttpError 401 where there is none.
[[nodiscard]] Session require_session(const RequestHead& request);
/// The session of a user with that role. Throws HttpError: 401 without a session, 403 without the
/// role.
Session require_role(const RequestHead& request, std::string_view role);
void require_role(const std::optional<Session>& session, std::string_view role);

/// Returns the cookie of a Millrace session: signed, HttpOnly and SameSite=Lax. Throws
/// std::runtime_error where there is no secret, std::length_error where browsers would reject the
/// cookie for its size (4096 bytes with its name), and the exceptions of sign_jwt.
[[nodiscard]] Cookie session_cookie(json::object claims, std::chrono::seconds lifetime);
[[nodiscard]] Cookie session_cookie(json::object claims, std::chrono::seconds lifetime,
                                    const SessionOptions& options);

/// The claims of a token that NextAuth v4 or v5 encrypted. v5 uses the cookie's name as salt:
/// `cookie` is that name without the number of a chunk. None for any other token.
[[nodiscard]] std::optional<json::object> decrypt_nextauth(
    std::string_view token, std::string_view secret, std::string_view cookie,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace millrace
