// DevSession keeps a project built while it is edited: it watches the files, rebuilds into a new
// folder when a relevant one changes or a request asks for a route that is not compiled, and reports
// the result. Its observer serves the builds.
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
#include "dev/pending_changes.hpp"
#include "dev/project_builder.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"

namespace millrace::dev {

/// Belongs to the loop's thread.
class DevSession {
 public:
  /// Is notified of builds, from the loop. Must not destroy the session.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// A file has changed: the served build is stale until another function of the observer is
    /// called, which always follows. `native_only`: only sources in C++ have changed, whose
    /// compilation takes long, so that the previous build can still be served.
    virtual void on_rebuild_begins(bool native_only) = 0;

    /// The project has been rebuilt. The build can have problems, each the text of a file that
    /// cannot be compiled and throws when it is loaded.
    virtual void on_built(BuiltProject built) = 0;

    /// Routes have been compiled that were asked for, without on_rebuild_begins(). Nothing else has
    /// changed.
    virtual void on_compiled(BuiltProject built) = 0;

    /// The project as a whole cannot be built.
    virtual void on_failed(const std::string& text) = 0;
  };

  /// `builder` must outlive the session, which uses it exclusively.
  DevSession(net::EventLoop& loop, ProjectBuilder& builder, std::filesystem::path root,
             Observer& observer);
  DevSession(const DevSession&) = delete;
  DevSession& operator=(const DevSession&) = delete;

  /// Starts to watch and starts the first build, without on_rebuild_begins(). Call it once. Fails
  /// where files cannot be watched.
  base::Result<void> start();

  /// Polls the files in addition to the watch, at this interval, or the default one where it is 0.
  /// The interval of next.config takes precedence. Call it before start().
  void poll_always(std::chrono::milliseconds interval);

  /// Has the route in a file (relative to the project) compiled; the observer is called when it is.
  void want(const std::string& file);

  /// Ends the session: the observer is not called again and no build starts. A running build is
  /// discarded.
  void stop();

 private:
  void take_changes(const std::vector<FileChange>& changes);
  void build();
  void finish(BuildOutcome outcome, bool only_wanted);
  void report(BuildOutcome outcome, bool only_wanted);
  /// Takes the changes of files that the running build has read without their being known as inputs
  /// at the time.
  void take_missed_changes();
  /// Builds when no file has changed for a while.
  void settle();
  /// Polls the files from now on, in addition to the watch.
  void poll(std::chrono::milliseconds interval);
  void poll_as_configured(const BuildOutcome& outcome);
  void remove_old_generations();
  [[nodiscard]] std::filesystem::path folder() const { return root_ / ".millrace" / "dev"; }

  net::EventLoop& loop_;
  ProjectBuilder& builder_;
  std::filesystem::path root_;
  Observer& observer_;
  ChangeFilter filter_;
  PendingChanges pending_;
  std::unique_ptr<FileTreeWatch> watch_;
  /// Null where the kernel reports all changes.
  std::unique_ptr<FileTreePoll> poll_;
  net::Timer settled_;
  std::uint32_t generation_ = 0;
  bool building_ = false;
  /// A build starts when no file has changed for a while.
  bool settling_ = false;
  /// A file changed after the running build had started.
  bool stale_ = false;
  /// Changes during the running build that did not matter by the inputs of the build before.
  std::vector<FileChange> missed_;
  int discarded_ = 0;
  /// Whether only sources in C++ have changed since the last result.
  bool native_only_ = true;
  bool stopped_ = false;
};

}  // namespace millrace::dev
