// What kinds of child process there are, as data: which script each runs and which frames it may
// send. A frame outside its role's set is a protocol error, so the set is also the list of what a
// hostile worker can try.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "link/frame.hpp"

namespace millrace::workers {

/// A set of frame kinds.
class FrameSet {
 public:
  constexpr FrameSet(std::initializer_list<link::Kind> kinds) {
    for (const link::Kind kind : kinds) bits_ |= bit(kind);
  }

  [[nodiscard]] constexpr bool contains(link::Kind kind) const { return (bits_ & bit(kind)) != 0; }

 private:
  static constexpr std::uint32_t bit(link::Kind kind) {
    return std::uint32_t{1} << static_cast<std::uint8_t>(kind);
  }

  std::uint32_t bits_ = 0;
};

struct Role {
  /// What `hello` must say.
  std::string_view name;
  /// The script node runs, relative to the share folder; empty for a program of its own.
  std::string_view script;
  FrameSet may_send;
  /// Whether any of its threads may be the one that is held, rather than the main one.
  bool threaded = false;
};

/// Runs JavaScript and TypeScript routes.
inline constexpr Role kNodeWorker{
    .name = "node",
    .script = "runtime/worker.mjs",
    .may_send = {link::Kind::hello, link::Kind::ready, link::Kind::response, link::Kind::body,
                 link::Kind::end, link::Kind::abort, link::Kind::credit, link::Kind::log,
                 link::Kind::stats, link::Kind::pong, link::Kind::cache, link::Kind::snapshot,
                 link::Kind::loading, link::Kind::listening}};

/// Runs routes in C++.
inline constexpr Role kNativeWorker{
    .name = "native",
    .script = "",
    .may_send = {link::Kind::hello, link::Kind::ready, link::Kind::response, link::Kind::body,
                 link::Kind::end, link::Kind::abort, link::Kind::credit, link::Kind::log,
                 link::Kind::stats, link::Kind::pong, link::Kind::snapshot},
    .threaded = true};

/// Evaluates next.config and bundles routes.
inline constexpr Role kBuilder{
    .name = "builder",
    .script = "builder/builder.mjs",
    .may_send = {link::Kind::hello, link::Kind::built, link::Kind::log, link::Kind::pong}};

}  // namespace millrace::workers
