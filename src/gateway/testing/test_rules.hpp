// Makes rules of next.config for tests. The builder compiles patterns and destinations into the
// manifest; these functions do the same for the few forms that the gateway's tests use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "project/rules.hpp"

namespace millrace::gateway {

/// Returns a rule for paths like "/a/:name/:rest*", with or without a trailing slash.
[[nodiscard]] project::Rule rule_for(std::string_view source);

/// Returns a rule whose pattern compiles but cannot be decided for endless_path().
[[nodiscard]] project::Rule endless_rule();
[[nodiscard]] std::string endless_path();

/// Parses "/to/:name/:rest*?query#fragment", optionally after "https://:name.host:port".
[[nodiscard]] project::Destination destination_of(std::string_view text);

/// Returns a headers() rule.
[[nodiscard]] project::Rule adding(std::string_view source,
                                   std::vector<std::pair<std::string, std::string>> fields);

/// Returns a redirects() rule.
[[nodiscard]] project::Rule redirecting(std::string_view source, std::string_view destination,
                                        std::uint16_t status = 307);

/// Returns a rewrites() rule.
[[nodiscard]] project::Rule rewriting(std::string_view source, std::string_view destination);

/// Restricts `rule` to requests that meet the condition or, with `without`, to those that do not.
[[nodiscard]] project::Rule with(project::Rule rule, project::Condition condition);
[[nodiscard]] project::Rule without(project::Rule rule, project::Condition condition);

/// Conditions. An empty `value` matches any.
[[nodiscard]] project::Condition header(std::string key, std::string value = {});
[[nodiscard]] project::Condition cookie(std::string key, std::string value = {});
[[nodiscard]] project::Condition query(std::string key, std::string value = {});
[[nodiscard]] project::Condition host(std::string value);

}  // namespace millrace::gateway
