// A pattern against a subject: the first line is the pattern, the rest the subject. The first byte of
// the line says how it is taken: 'i' without regard to case, 'l' with a subject in Latin-1, anything
// else plainly. Whatever both are, compiled code and the interpreter agree where both can tell, and
// what the groups took lies in the subject. src/routing/v8_cases.mjs holds the answers against V8's.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "http/limits.hpp"
#include "routing/pattern.hpp"

namespace {

using millrace::routing::CannotTell;
using millrace::routing::Encoding;
using millrace::routing::Pattern;
using millrace::routing::PatternMatch;

void require(bool holds) {
  if (!holds) std::abort();
}

bool lies_in(std::string_view piece, std::string_view whole) {
  return piece.data() >= whole.data() && piece.data() + piece.size() <= whole.data() + whole.size();
}

/// Nothing where it cannot tell.
std::optional<bool> answer(const Pattern& pattern, std::string_view subject, Encoding encoding,
                           Pattern::Engine engine) {
  using Answer = std::optional<bool>;
  return pattern.match(subject, encoding, engine)
      .decide(
          [&](const PatternMatch& match) -> Answer {
            require(lies_in(match.whole, subject));
            for (const auto& group : match.groups) require(!group || lies_in(*group, subject));
            for (const auto& [name, number] : pattern.names()) {
              require(!name.empty() && number >= 1 && number <= match.groups.size());
            }
            return true;
          },
          []() -> Answer { return false; },
          [](const CannotTell& why) -> Answer {
            require(!why.reason.empty());
            return std::nullopt;
          });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the fuzzer's own interface
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.find('\n');
  if (end == std::string_view::npos || end == 0) return 0;
  const std::string_view subject = input.substr(end + 1);
  if (subject.size() > millrace::http::kMaxHeadBytes) return 0;
  const auto pattern =
      Pattern::compile(input.substr(1, end - 1),
                       input[0] == 'i' ? Pattern::Case::insensitive : Pattern::Case::sensitive);
  if (!pattern) return 0;
  const Encoding encoding = input[0] == 'l' ? Encoding::latin1 : Encoding::utf8;
  const auto compiled = answer(*pattern, subject, encoding, Pattern::Engine::automatic);
  const auto interpreted = answer(*pattern, subject, encoding, Pattern::Engine::interpreter);
  require(!compiled || !interpreted || *compiled == *interpreted);
  return 0;
}
