#include "millrace/jwt.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "session/base64url.hpp"
#include "session/key.hpp"
#include "session/token_time.hpp"
#include "text/percent.hpp"

namespace millrace {

namespace {

using detail::decode_base64url;
using detail::encode_base64url;
using detail::fault_of_time;
using detail::hmac;
using detail::verify_signature;

/// Browsers and servers send no longer fields.
constexpr std::size_t kMaxToken = std::size_t{64} * 1024;

VerifiedJwt reject(std::string problem) {
  return {.claims = std::nullopt, .problem = std::move(problem)};
}

std::optional<json::object> object_in(std::string_view part) {
  const auto text = decode_base64url(part);
  if (!text) return std::nullopt;
  auto value = detail::parse_json(*text).value;
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(std::string_view(value->get_string()))
                                                : std::string();
}

bool is_for(const json::object& claims, std::string_view audience) {
  const auto* const given = claims.if_contains("aud");
  if (given == nullptr) return false;
  if (given->is_string()) return std::string_view(given->get_string()) == audience;
  const auto* const list = given->if_array();
  return list != nullptr && std::any_of(list->begin(), list->end(), [audience](const auto& one) {
           return one.is_string() && std::string_view(one.get_string()) == audience;
         });
}

/// The reason why the claims are invalid; empty where they are valid.
std::string fault_of(const json::object& claims, const JwtRules& rules) {
  const auto now = rules.now.value_or(JwtRules::Clock::now());
  if (std::string fault = fault_of_time(claims, now, rules.tolerance); !fault.empty()) {
    return fault;
  }
  if (!rules.issuer.empty() && text_of(claims, "iss") != rules.issuer) {
    return "expected the issuer " + rules.issuer + ", found \"" + text_of(claims, "iss") + "\"";
  }
  if (!rules.audience.empty() && !is_for(claims, rules.audience)) {
    return "expected the audience " + rules.audience;
  }
  return {};
}

}  // namespace

VerifiedJwt verify_jwt(std::string_view token, std::span<const VerificationKey> keys,
                       const JwtRules& rules) {
  if (token.size() > kMaxToken) return reject("the token is too long");
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return reject("it is not a signed token: expected three parts");
  }
  const auto header = object_in(token.substr(0, first));
  const auto signature = decode_base64url(token.substr(second + 1));
  if (!header || !signature)
    return reject("its parts are not base64url, or its header is not JSON");
  if (header->contains("crit"))
    return reject("it requires extensions (crit), which are not supported");
  const std::string algorithm = text_of(*header, "alg");
  const auto& wanted = rules.algorithms;
  if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), algorithm) == wanted.end()) {
    return reject("its algorithm \"" + algorithm + "\" is not one of those expected");
  }
  const std::string kid = text_of(*header, "kid");
  const bool good = std::any_of(keys.begin(), keys.end(), [&](const VerificationKey& key) {
    const bool named = !kid.empty() && !key.id().empty();
    return (!named || key.id() == kid) &&
           verify_signature(key.data(), algorithm, token.substr(0, second), *signature);
  });
  if (!good) return reject("no key matches its signature");
  auto claims = object_in(token.substr(first + 1, second - first - 1));
  if (!claims) return reject("its claims are not a JSON object");
  if (std::string fault = fault_of(*claims, rules); !fault.empty()) return reject(std::move(fault));
  return {.claims = std::move(claims), .problem = {}};
}

std::string sign_jwt(json::object claims, std::string_view secret, std::chrono::seconds lifetime,
                     std::chrono::system_clock::time_point now) {
  if (secret.empty())
    throw std::invalid_argument("a token needs a secret, and the one given is empty");
  const std::int64_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  claims["iat"] = seconds;
  claims["exp"] = seconds + lifetime.count();
  const std::string text = json::serialize(claims);
  if (!is_utf8(text))
    throw std::invalid_argument("the claims of a token contain text that is not UTF-8");
  std::string token = encode_base64url(R"({"alg":"HS256","typ":"JWT"})");
  token.append(".").append(encode_base64url(text));
  const std::string signature = hmac("SHA256", secret, token);
  return token.append(".").append(encode_base64url(signature));
}

}  // namespace millrace
