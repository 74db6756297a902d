// Decision is the result of a check that can fail to decide: yes, with what was found; no; or
// "cannot tell". A guard that treats "cannot tell" as "no" would admit everybody, so no case can be
// queried alone: a caller handles all three.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace millrace::routing {

struct No {};

struct CannotTell {
  /// The reason, for the log.
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
