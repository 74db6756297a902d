// Sessions shared with JavaScript: who the request is from, by the cookie that NextAuth v4 or Auth.js
// (v5) made, by a signed cookie of our own, or by a bearer token.
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

/// Who a request is from, as the token says. A value.
class Session {
 public:
  explicit Session(json::object claims) : claims_(std::move(claims)) {}

  [[nodiscard]] const json::object& claims() const { return claims_; }
  /// A claim that is a text; empty where it is not there.
  [[nodiscard]] std::string text(std::string_view claim) const;
  [[nodiscard]] std::string subject() const { return text("sub"); }
  [[nodiscard]] std::string email() const { return text("email"); }
  [[nodiscard]] std::string name() const { return text("name"); }
  /// Whether `role` is the claim `role`, or one of `roles`, of the token or of its `user`.
  [[nodiscard]] bool has_role(std::string_view role) const;

 private:
  json::object claims_;
};

/// Where sessions come from.
struct SessionOptions {
  SessionOptions() {}

  /// What cookies are encrypted or signed with; the first signs, the others are older ones.
  std::vector<std::string> secrets = {};
  /// The name of our own signed cookie.
  std::string cookie = "session";
  /// Not empty: keys for bearer tokens, beside the secrets.
  std::vector<VerificationKey> keys = {};
  /// What bearer tokens that are signed must say. Of cookies only its time and tolerance count.
  JwtRules rules;
};

/// The secrets of AUTH_SECRET, NEXTAUTH_SECRET and, for those that were, AUTH_SECRET_3, _2 and _1.
[[nodiscard]] SessionOptions session_options();

/// The session of a request; none where it has no token that is good. Looks at the cookies of
/// NextAuth v4 and v5 (whole or in pieces), at our own, and at `Authorization: Bearer`. Where the
/// site is on https, by AUTH_URL or NEXTAUTH_URL, else by the request's URL, NextAuth's cookies count
/// with `__Secure-` alone, as there: others could have been set by whoever is in between.
[[nodiscard]] std::optional<Session> session(const RequestHead& request);
[[nodiscard]] std::optional<Session> session(const RequestHead& request,
                                             const SessionOptions& options);

/// The session, or HttpError 401.
[[nodiscard]] Session require_session(const RequestHead& request);
/// The session of somebody with that role, or HttpError: 401 without a session, 403 without the role.
Session require_role(const RequestHead& request, std::string_view role);
void require_role(const std::optional<Session>& session, std::string_view role);

/// The cookie of a session of our own: signed, not readable by scripts, sent by the site alone. Throws
/// std::runtime_error where there is no secret, std::length_error where browsers would drop it for
/// its size (4096 bytes with its name), and like sign_jwt.
[[nodiscard]] Cookie session_cookie(json::object claims, std::chrono::seconds lifetime);
[[nodiscard]] Cookie session_cookie(json::object claims, std::chrono::seconds lifetime,
                                    const SessionOptions& options);

/// The claims of a token that NextAuth encrypted, v4 or v5, which salts with the name of the cookie:
/// `cookie`, without the number of a piece. None for anything else.
[[nodiscard]] std::optional<json::object> decrypt_nextauth(
    std::string_view token, std::string_view secret, std::string_view cookie,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace millrace
