// What kinds of child process there are, as data: which script each runs and which role it has on the
// link. protocol/frames.json says which frames a role may send; any other is a protocol error, so
// that is also the list of what a hostile worker can try.
#pragma once

#include <string_view>

#include "link/frame.hpp"

namespace millrace::workers {

struct Role {
  protocol::Role link = protocol::Role::node;
  /// The script node runs, relative to the share folder; empty for a program of its own.
  std::string_view script;
  /// Whether any of its threads may be the one that is held, rather than the main one.
  bool threaded = false;

  /// What `hello` must say.
  [[nodiscard]] constexpr std::string_view name() const { return protocol::role_name(link); }
  [[nodiscard]] constexpr bool may_send(link::Kind kind) const {
    return protocol::may_send(link, kind);
  }
};

/// Runs JavaScript and TypeScript routes.
inline constexpr Role kNodeWorker{.link = protocol::Role::node, .script = "runtime/worker.mjs"};

/// Runs routes in C++.
inline constexpr Role kNativeWorker{.link = protocol::Role::native, .script = "", .threaded = true};

/// Evaluates next.config and bundles routes.
inline constexpr Role kBuilder{.link = protocol::Role::builder, .script = "builder/builder.mjs"};

}  // namespace millrace::workers
