// The rules of next.config (headers, redirects, rewrites) and the matchers of the middleware, as
// the builder writes them to the manifest: patterns as regular expressions, destinations parsed.
// routing/ and gateway/ apply them to requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "project/json_reader.hpp"

namespace millrace::project {

/// One item of a rule's `has` or `missing`.
struct Condition {
  enum class Kind : std::uint8_t { header, cookie, query, host };
  Kind kind = Kind::header;
  /// Empty for `host`.
  std::string key;
  /// A regular expression in JavaScript's syntax that must match the whole value; empty: any value.
  std::string value;
};

/// A parameter of a rule's source: a capture group of its regular expression.
struct RuleKey {
  /// Empty for a group without a name, which is not a parameter.
  std::string name;
  /// `:name*` and `:name+`: a list, split at `separator`.
  bool repeats = false;
  std::string separator;
};

/// A part of a destination: text or a parameter.
struct Token {
  /// The text; empty for a parameter.
  std::string text;
  /// The name of a parameter; empty for text.
  std::string name;
  std::string prefix;
  std::string suffix;
  /// 0, '?', '*' or '+'.
  char modifier = 0;
};

/// The destination of a redirect or rewrite.
struct Destination {
  /// "https:"; empty where the destination is a path of this site.
  std::string protocol;
  std::vector<Token> host;
  /// Digits, or empty.
  std::string port;
  /// Path and, for a redirect, "#fragment".
  std::vector<Token> path;
  /// Names with their values, in which `:name` stands for a parameter.
  std::vector<std::pair<std::string, std::vector<std::string>>> query;
};

struct Rule {
  /// The source as the project wrote it, for messages.
  std::string source;
  /// Matches the whole path, including basePath and locale. Case-sensitive only in matchers.
  std::string regex;
  std::vector<RuleKey> keys;
  std::vector<Condition> has;
  std::vector<Condition> missing;
  /// For a headers() rule; both can contain `:name`.
  std::vector<std::pair<std::string, std::string>> headers;
  /// For redirects and rewrites, which always have one.
  std::optional<Destination> destination;
  /// For redirects.
  std::uint16_t status = 0;
};

struct Rules {
  std::vector<Rule> headers;
  std::vector<Rule> redirects;
  std::vector<Rule> before_files;
  std::vector<Rule> after_files;
  std::vector<Rule> fallback;

  [[nodiscard]] bool empty() const {
    return headers.empty() && redirects.empty() && before_files.empty() && after_files.empty() &&
           fallback.empty();
  }
};

/// The project's middleware: proxy.* or middleware.*.
struct Middleware {
  /// Relative to the project.
  std::string file;
  /// The bundle, relative to the manifest's folder.
  std::string module;
  /// The middleware runs for a request that matches one of them.
  std::vector<Rule> matchers;
};

/// Reads `rules` of the manifest; no rules where the member is missing. Errors are recorded in the
/// reader. Redirects and rewrites have a destination.
[[nodiscard]] Rules read_rules(JsonReader& manifest);

/// Reads `middleware` of a manifest that has `routes` routes; none where it is missing. Errors are
/// recorded in the reader.
[[nodiscard]] std::optional<Middleware> read_middleware(JsonReader& manifest, std::size_t routes);

}  // namespace millrace::project
