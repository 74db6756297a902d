// The rules of next.config (headers, redirects, rewrites) and the matchers of the middleware file,
// as the builder writes them into the manifest: patterns already turned into regular expressions,
// destinations already parsed. What they mean for a request is for routing/ and gateway/.
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
  /// A regular expression in JavaScript's syntax for the whole value; empty: any value.
  std::string value;
};

/// A parameter of a rule's source: a capture group of its regular expression.
struct RuleKey {
  /// Empty for one without a name, which gives no parameter.
  std::string name;
  /// `:name*` and `:name+`: a list, split at `separator`.
  bool repeats = false;
  std::string separator;
};

/// A piece of a destination: text, or the place of a parameter.
struct Token {
  /// Of a text token.
  std::string text;
  /// Of a parameter; empty for text.
  std::string name;
  std::string prefix;
  std::string suffix;
  /// 0, '?', '*' or '+'.
  char modifier = 0;
};

/// Where a redirect or rewrite leads.
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
  /// As the project wrote it, for messages.
  std::string source;
  /// For the whole path, basePath and locale included. Case matters only in matchers.
  std::string regex;
  std::vector<RuleKey> keys;
  std::vector<Condition> has;
  std::vector<Condition> missing;
  /// Of a headers() rule; both may hold `:name`.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Of a redirect or rewrite, which have one always.
  std::optional<Destination> destination;
  /// Of a redirect.
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

/// The project's proxy.* or middleware.* file.
struct Middleware {
  /// Relative to the project.
  std::string file;
  /// The bundle, relative to the manifest's folder.
  std::string module;
  /// A request goes through the middleware if one of them takes it.
  std::vector<Rule> matchers;
};

/// Reads `rules` of the manifest; none where there are none. Complains to the reader. Redirects and
/// rewrites have a destination.
[[nodiscard]] Rules read_rules(JsonReader& manifest);

/// Reads `middleware` of a manifest that has `routes` routes; nothing where there is none. Complains
/// to the reader.
[[nodiscard]] std::optional<Middleware> read_middleware(JsonReader& manifest, std::size_t routes);

}  // namespace millrace::project
