// DevSession keeps a project built while it is being edited: it watches the files, rebuilds when one
// changes that matters, each time into a folder of its own, and tells what came out. What is done
// with a build, serving it, is its observer's business.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "dev/change_filter.hpp"
#include "dev/file_tree_poll.hpp"
#include "dev/file_tree_watch.hpp"
#include "dev/project_builder.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"

namespace millrace::dev {

/// Belongs to the loop's thread.
class DevSession {
 public:
  /// Hears of builds, from the loop. Must not destroy the session.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// A file has changed: what is served is stale until one of the others is called, which follows
    /// always. `native_only`: no route in JavaScript is touched, and a compiler for C++ takes its
    /// time, in which the build before may as well answer.
    virtual void on_rebuild_begins(bool native_only) = 0;

    /// The project is built anew. It may hold problems, each the text of a file that cannot be
    /// compiled and throws when it is needed.
    virtual void on_built(BuiltProject built) = 0;

    /// The project as a whole cannot be built.
    virtual void on_failed(const std::string& text) = 0;
  };

  /// `builder` outlives the session and is used by nothing else.
  DevSession(net::EventLoop& loop, ProjectBuilder& builder, std::filesystem::path root,
             Observer& observer);
  DevSession(const DevSession&) = delete;
  DevSession& operator=(const DevSession&) = delete;

  /// Watches and begins the first build, without on_rebuild_begins(). Once. Fails where files
  /// cannot be watched.
  base::Result<void> start();

  /// Ends: the observer is not called again and nothing is built. A build at hand is forgotten.
  void stop();

 private:
  void take_changes(const std::vector<FileChange>& changes);
  void build();
  void finish(BuildOutcome outcome);
  /// Looks at the files themselves, too, from now on.
  void poll(std::chrono::milliseconds interval);
  void poll_as_configured(const BuildOutcome& outcome);
  void remove_old_generations();
  [[nodiscard]] std::filesystem::path folder() const { return root_ / ".millrace" / "dev"; }

  net::EventLoop& loop_;
  ProjectBuilder& builder_;
  std::filesystem::path root_;
  Observer& observer_;
  ChangeFilter filter_;
  std::unique_ptr<FileTreeWatch> watch_;
  /// Null where the kernel tells of all changes.
  std::unique_ptr<FileTreePoll> poll_;
  net::Timer settled_;
  std::uint32_t generation_ = 0;
  bool building_ = false;
  /// Something changed after the build at hand had begun.
  bool stale_ = false;
  int discarded_ = 0;
  /// Whether all that has changed since the last result is sources in C++.
  bool native_only_ = true;
  bool stopped_ = false;
};

}  // namespace millrace::dev
