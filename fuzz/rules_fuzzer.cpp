// A rule of next.config against a request: the first line is the rule's pattern, the second the
// value of a condition, the third a path with a query, the rest fields. The destination names
// whatever the pattern's groups took.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "routing/destination.hpp"
#include "routing/query.hpp"
#include "routing/rule_matcher.hpp"

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using millrace::project::Condition;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the fuzzer's own interface
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  millrace::project::Rule rule;
  rule.regex = take_line(rest);
  rule.keys = {{.name = "a", .repeats = false, .separator = {}},
               {.name = "b", .repeats = true, .separator = "/"}};
  rule.has = {{.kind = Condition::Kind::header, .key = "x", .value = std::string(take_line(rest))},
              {.kind = Condition::Kind::cookie, .key = "c", .value = {}}};
  const std::string_view target = take_line(rest);
  const std::size_t mark = target.find('?');
  const auto query = millrace::routing::read_query(
      mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1));
  const auto matcher =
      millrace::routing::RuleMatcher::compile(rule, millrace::routing::Pattern::Case::insensitive);
  if (!matcher) return 0;
  millrace::project::Destination destination;
  destination.query = {{"q", {std::string(rest)}}};
  matcher.value()
      .match(target.substr(0, mark), {.fields = rest, .query = query})
      .decide(
          [&](const millrace::routing::NamedValues& parameters) {
            const auto filled = millrace::routing::fill_destination(
                destination, parameters, query, millrace::routing::Purpose::rewrite);
            std::string out;
            if (filled) millrace::routing::append_destination_query(out, filled->query, query);
          },
          [] {}, [](const millrace::routing::CannotTell& why) { (void)why; });
  return 0;
}
