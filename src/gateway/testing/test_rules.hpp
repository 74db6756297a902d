// Rules of next.config as tests write them. The builder compiles patterns and destinations into the
// manifest; these functions do the same for the few forms that the gateway's tests use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "project/rules.hpp"

namespace millrace::gateway {

/// A rule for paths like "/a/:name/:rest*", without regard to a trailing slash.
[[nodiscard]] project::Rule rule_for(std::string_view source);

/// A rule whose pattern can be compiled and never decided for a path that is endless_path().
[[nodiscard]] project::Rule endless_rule();
[[nodiscard]] std::string endless_path();

/// "/to/:name/:rest*?query#fragment", or the same behind "https://:name.host:port".
[[nodiscard]] project::Destination destination_of(std::string_view text);

/// A headers() rule.
[[nodiscard]] project::Rule adding(std::string_view source,
                                   std::vector<std::pair<std::string, std::string>> fields);

/// A redirects() rule.
[[nodiscard]] project::Rule redirecting(std::string_view source, std::string_view destination,
                                        std::uint16_t status = 307);

/// A rewrites() rule.
[[nodiscard]] project::Rule rewriting(std::string_view source, std::string_view destination);

/// `rule`, for requests that hold the condition, or, with `without`, for those that do not.
[[nodiscard]] project::Rule with(project::Rule rule, project::Condition condition);
[[nodiscard]] project::Rule without(project::Rule rule, project::Condition condition);

/// Conditions. An empty `value` stands for any.
[[nodiscard]] project::Condition header(std::string key, std::string value = {});
[[nodiscard]] project::Condition cookie(std::string key, std::string value = {});
[[nodiscard]] project::Condition query(std::string key, std::string value = {});
[[nodiscard]] project::Condition host(std::string value);

}  // namespace millrace::gateway
