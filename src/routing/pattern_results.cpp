// Used by v8_cases.mjs: reads cases from standard input, one JSON object per line, and writes the
// result of Pattern for each, both as compiled code and as the interpreter. A case has `regex`,
// `flags` ("" or "i"), `subject` and, where the subject is sent as Latin-1, `latin1`.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <iostream>
#include <string>
#include <string_view>

#include "routing/pattern.hpp"
#include "routing/utf16.hpp"

namespace {

namespace json = boost::json;
using millrace::routing::CannotTell;
using millrace::routing::Encoding;
using millrace::routing::Pattern;
using millrace::routing::PatternMatch;

/// Converts JSON text, whose letters are all in Latin-1.
std::string latin1_of(std::string_view text) {
  std::string bytes;
  for (const char16_t unit : millrace::routing::utf16_of(text, Encoding::utf8).units) {
    bytes += static_cast<char>(unit);
  }
  return bytes;
}

json::object result(const Pattern& pattern, std::string_view subject, Encoding encoding,
                    Pattern::Engine engine) {
  const auto shown = [encoding](std::string_view text) {
    return encoding == Encoding::utf8 ? std::string(text) : millrace::routing::utf8_of_latin1(text);
  };
  return pattern.match(subject, encoding, engine)
      .decide(
          [&](const PatternMatch& match) {
            json::array groups{shown(match.whole)};
            for (const auto& group : match.groups) {
              groups.push_back(group ? json::value(shown(*group)) : json::value(nullptr));
            }
            return json::object{{"says", "yes"}, {"groups", groups}};
          },
          [] {
            return json::object{{"says", "no"}};
          },
          [](const CannotTell& why) {
            return json::object{{"says", "cannot tell"}, {"why", why.reason}};
          });
}

json::object results(const json::value& given) {
  const auto text = [&given](std::string_view name) {
    return json::value_to<std::string>(given.at(name));
  };
  const auto pattern = Pattern::compile(
      text("regex"), text("flags") == "i" ? Pattern::Case::insensitive : Pattern::Case::sensitive);
  if (!pattern) return {{"says", "refused"}, {"why", pattern.error().message()}};
  const bool is_latin1 = given.as_object().contains("latin1");
  const Encoding encoding = is_latin1 ? Encoding::latin1 : Encoding::utf8;
  const std::string subject = is_latin1 ? latin1_of(text("subject")) : text("subject");
  json::object outcome = result(*pattern, subject, encoding, Pattern::Engine::automatic);
  outcome["interpreted"] = result(*pattern, subject, encoding, Pattern::Engine::interpreter);
  return outcome;
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << json::serialize(results(json::parse(line))) << '\n';
  }
  return 0;
}
