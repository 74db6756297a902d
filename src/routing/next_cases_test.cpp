// Compares paths and matching with Next.js: next_cases.mjs recorded how `next start` responds to
// some hundred targets under four configurations.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "project/discovery.hpp"
#include "project/test_folder.hpp"
#include "routing/matcher.hpp"
#include "routing/path.hpp"

namespace millrace::routing {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) { return json::value_to<std::string>(value); }

json::value read_cases() {
  std::ifstream stream(MILLRACE_NEXT_CASES);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  return json::parse(text);
}

std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      out.push_back(
          static_cast<char>(base::hex_digit(text[at + 1]) * 16 + base::hex_digit(text[at + 2])));
      at += 2;
    } else {
      out.push_back(text[at]);
    }
  }
  return out;
}

/// Returns what Next.js captured for a parameter, catch-all segments joined by slashes.
std::string expected_value(const json::object& query, std::string_view name) {
  const json::value* value = query.if_contains(name);
  if (value == nullptr) return {};
  if (value->is_string()) return text_of(*value);
  std::string joined;
  for (const json::value& part : value->as_array()) {
    if (!joined.empty()) joined.push_back('/');
    joined += text_of(part);
  }
  return joined;
}

void expect_parameters(const project::Route& route, std::string_view raw,
                       const json::object& query) {
  for (const project::Parameter& parameter : route.parameters) {
    const std::size_t end = std::min(raw.find(' '), raw.size());
    EXPECT_EQ(decode(raw.substr(0, end)), expected_value(query, parameter.name));
    raw.remove_prefix(std::min(end + 1, raw.size()));
  }
  EXPECT_TRUE(raw.empty());
}

/// Returns the status and, in `location`, the Location that this server responds with.
int response_status(std::string_view target, const PathRules& rules, const Matcher& matcher,
                    Match& match, std::string& location) {
  std::string scratch;
  const PathResult path = normalise(target, rules, scratch);
  switch (path.outcome) {
    case PathResult::Outcome::redirect:
      location = path.location;
      return 308;
    case PathResult::Outcome::bad_request:
      return 400;
    case PathResult::Outcome::outside:
      return 404;
    case PathResult::Outcome::route:
      break;
  }
  if (!matcher.match(path.path, match)) return 404;
  return match.malformed ? 400 : 200;
}

TEST(NextCases, GetTheResponsesOfNext) {
  const json::value table = read_cases();
  const project::TestFolder folder;
  for (const json::value& file : table.at("files").as_array()) folder.write(text_of(file));
  const std::vector<std::string> extensions = {"tsx", "ts", "jsx", "js"};
  const auto routes = project::discover_routes(folder.path(), extensions);
  ASSERT_TRUE(routes) << routes.error().message();
  const Matcher matcher(*routes);
  std::size_t count = 0;
  for (const json::value& group : table.at("cases").as_array()) {
    const json::object& config = group.at("config").as_object();
    PathRules rules;
    if (const auto* base_path = config.if_contains("basePath"))
      rules.base_path = text_of(*base_path);
    rules.trailing_slash = config.contains("trailingSlash");
    for (const json::value& expected : group.at("answers").as_array()) {
      ++count;
      const std::string target = text_of(expected.at("target"));
      SCOPED_TRACE(json::serialize(config) + " " + target);
      Match match;
      std::string location;
      const int status = response_status(target, rules, matcher, match, location);
      EXPECT_EQ(status, expected.at("status").as_int64());
      if (const auto* wanted = expected.as_object().if_contains("location")) {
        EXPECT_EQ(location, text_of(*wanted));
      }
      const auto* file = expected.as_object().if_contains("file");
      if (file == nullptr || status != 200) continue;
      EXPECT_EQ((*routes)[match.route].file, text_of(*file));
      const auto* query = expected.as_object().if_contains("query");
      expect_parameters((*routes)[match.route], match.parameters,
                        query ? query->as_object() : json::object());
    }
  }
  EXPECT_GT(count, 1000U);
}

}  // namespace
}  // namespace millrace::routing
