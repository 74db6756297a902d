// The roles of child processes, as data: the script each runs and its role on the link.
// protocol/frames.json says which frames a role may send; any other frame is a protocol error, so
// that list is also the attack surface for a hostile worker.
#pragma once

#include <string_view>

#include "link/frame.hpp"

namespace millrace::workers {

struct Role {
  protocol::Role link = protocol::Role::node;
  /// The script that node runs, relative to the share folder; empty for a program of its own.
  std::string_view script;
  /// Whether any of its threads can be the one that is held, instead of only the main thread.
  bool threaded = false;

  /// Returns the role that `hello` must contain.
  [[nodiscard]] constexpr std::string_view name() const { return protocol::role_name(link); }
  [[nodiscard]] constexpr bool may_send(link::Kind kind) const {
    return protocol::may_send(link, kind);
  }
};

/// Runs routes in JavaScript and TypeScript.
inline constexpr Role kNodeWorker{.link = protocol::Role::node, .script = "runtime/worker.mjs"};

/// Runs routes in C++.
inline constexpr Role kNativeWorker{.link = protocol::Role::native, .script = "", .threaded = true};

/// Evaluates next.config and bundles routes.
inline constexpr Role kBuilder{.link = protocol::Role::builder, .script = "builder/builder.mjs"};

}  // namespace millrace::workers
