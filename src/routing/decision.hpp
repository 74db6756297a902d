// Decision is the answer of a check that may be unable to answer: yes, with what it found; no; or
// that it cannot tell. A guard that takes the third for the second lets everybody in, so there is no
// way to ask for one of them alone: a caller says what it does in each case.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace millrace::routing {

struct No {};

struct CannotTell {
  /// Why, for the log.
  std::string reason;
};

template <typename Found>
class [[nodiscard]] Decision {
 public:
  // Implicit on purpose, so that `return found;`, `return No();` and `return CannotTell{…};` read as
  // they should.
  // NOLINTBEGIN(google-explicit-constructor)
  Decision(Found found) : state_(std::move(found)) {}
  Decision(No no) : state_(no) {}
  Decision(CannotTell why) : state_(std::move(why)) {}
  // NOLINTEND(google-explicit-constructor)

  /// Calls `yes(Found&)`, `no()` or `cannot_tell(CannotTell&)`, which all return the same type.
  template <typename Yes, typename Otherwise, typename Unknown>
  auto decide(const Yes& yes, const Otherwise& no, const Unknown& cannot_tell) && {
    if (auto* found = std::get_if<Found>(&state_)) return yes(*found);
    if (auto* why = std::get_if<CannotTell>(&state_)) return cannot_tell(*why);
    return no();
  }

 private:
  std::variant<Found, No, CannotTell> state_;
};

}  // namespace millrace::routing
