// A worker for tests that speaks just enough of the link, or breaks it, in a process of its own:
// the test program itself, started again.
#pragma once

#include <cstdint>

#include "workers/child_process.hpp"

namespace millrace::workers {

/// How the worker behaves.
enum class Behaviour : std::uint8_t {
  /// Answers each request with its target, or, where a body comes, its end with "whole".
  answer,
  /// Answers "/stream" with a response that does not end.
  stream,
  /// Answers nothing.
  silent,
  /// Answers a body's end only, and reads on after a while.
  nap,
  /// Ends before it says hello.
  never_starts,
  starts_late,
  die_on_invoke,
  /// Does not read its link any more: it sleeps, or uses CPU.
  block,
  spin,
  /// Says for a while that it loads modules.
  load_modules,
  /// One of its threads is held and another is not.
  chatter,
  /// Keeps 64 MB for each request.
  grow,
  /// Gives up.
  abort,
  /// Answers with its process's number, and opens the target before where that is a pipe.
  tell_pid,
  /// Asks the data cache once, in two frames, and answers with the length of what it is told.
  ask_cache,
  /// Asks the data cache kQuestions times in one write, and answers when all are answered.
  ask_often,
  /// The same, but it reads none of it.
  ask_often_unheard,
  /// Tells samples of routes that there are not.
  lie_in_samples,
  // These break the protocol.
  bad_fields,
  bad_reason,
  too_much,
  unknown_stream,
  server_frame,
  garbage,
  ask_cache_on_stream,
};

/// How often Behaviour::ask_often asks.
inline constexpr int kQuestions = 300;

/// Starts such a worker.
[[nodiscard]] Launch test_worker(Behaviour behaviour);

}  // namespace millrace::workers
