// A worker for tests that implements a minimum of the link, or violates it, in a process of its
// own: the test program itself, started again.
#pragma once

#include <cstdint>

#include "workers/child_process.hpp"

namespace millrace::workers {

/// How the worker behaves.
enum class Behaviour : std::uint8_t {
  /// Responds to each request with its target, or, if there is a body, with "whole" at the body's
  /// end.
  respond,
  /// Responds to "/stream" with a response that does not end.
  stream,
  /// Does not respond.
  silent,
  /// Responds only at the end of a body, and resumes reading after a while.
  nap,
  /// Ends before it sends hello.
  never_starts,
  starts_late,
  die_on_invoke,
  /// Stops reading its link: it sleeps, or uses CPU.
  block,
  spin,
  /// Reports for a while that it loads modules.
  load_modules,
  /// One of its threads is held and another is not.
  chatter,
  /// Retains 64 MB for each request.
  grow,
  /// Aborts.
  abort,
  /// Responds with its process id; opens the target first if it is a pipe.
  respond_with_pid,
  /// Sends the data cache one request in two frames, and responds with the length of the reply.
  ask_cache,
  /// Sends the data cache kCacheRequests requests in one write, and responds when it has all replies.
  ask_often,
  /// The same, but it reads none of the replies.
  ask_often_unheard,
  /// Sends samples of routes that do not exist.
  lie_in_samples,
  // The following violate the protocol.
  bad_fields,
  bad_reason,
  too_much,
  unknown_stream,
  server_frame,
  garbage,
  ask_cache_on_stream,
};

/// How many requests Behaviour::ask_often sends.
inline constexpr int kCacheRequests = 300;

/// Starts such a worker.
[[nodiscard]] Launch test_worker(Behaviour behaviour);

}  // namespace millrace::workers
