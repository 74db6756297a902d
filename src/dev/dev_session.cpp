#include "dev/dev_session.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace millrace::dev {

namespace fs = std::filesystem;

namespace {

/// Editors and tools write several files, or one in several steps: the session waits until they
/// pause.
constexpr std::chrono::milliseconds kQuietTime{20};
/// Maximum number of results in a row that are discarded because of further changes; then one is
/// used all the same, so that a project that always changes is served at all.
constexpr int kMaxDiscarded = 5;
/// Changes during a build that are kept until its inputs are known; where there are more, the
/// project is built again.
constexpr std::size_t kMaxMissed = 10'000;
/// Generation folders that are kept: workers load a route's module on its first request.
constexpr std::uint32_t kKeptGenerations = 5;

/// The interval where the file system does not report changes and next.config sets none.
constexpr std::chrono::milliseconds kPollInterval{1'000};
/// The minimum interval.
constexpr std::chrono::milliseconds kMinPollInterval{50};
constexpr std::chrono::milliseconds kLongestPollInterval{60'000};

std::string overflow_warning() {
  return "changes of some files are not detected: the file system does not report them, and the "
         "project "
         "has more than the " +
         std::to_string(FileTreePoll::kMaxEntries) +
         " files and folders that are polled; restart `millrace dev` after changing others";
}

std::vector<std::string> ignored_folders() {
  return {"node_modules", ".git", ".next", ".millrace", ".hg", ".svn", ".turbo", ".vercel"};
}

}  // namespace

DevSession::DevSession(net::EventLoop& loop, ProjectBuilder& builder, fs::path root,
                       Observer& observer)
    : loop_(loop),
      builder_(builder),
      root_(std::move(root)),
      observer_(observer),
      filter_(root_),
      settled_(loop, [this] { build(); }) {}

base::Result<void> DevSession::start() {
  // The folder of an earlier session.
  std::error_code ignored;
  fs::remove_all(folder(), ignored);
  FileTreeWatch::Options options;
  options.root = root_;
  options.ignored_names = ignored_folders();
  options.on_changes = [this](const std::vector<FileChange>& changes) {
    if (poll_) {
      for (const FileChange& change : changes) poll_->mark_known(change.path);
    }
    take_changes(changes);
  };
  auto watch = FileTreeWatch::start(loop_, std::move(options));
  if (!watch) return watch.error();
  watch_ = std::move(watch.value());
  if (!poll_ && unreported_changes(root_)) poll(kPollInterval);
  build();
  return {};
}

void DevSession::poll_always(std::chrono::milliseconds interval) {
  poll(interval.count() == 0 ? kPollInterval
                             : std::clamp(interval, kMinPollInterval, kLongestPollInterval));
}

void DevSession::poll(std::chrono::milliseconds interval) {
  FileTreePoll::Options options;
  options.root = root_;
  options.ignored_names = ignored_folders();
  options.interval = interval;
  options.on_changes = [this](const std::vector<FileChange>& changes) { take_changes(changes); };
  poll_ = std::make_unique<FileTreePoll>(loop_, std::move(options));
}

void DevSession::poll_as_configured(const BuildOutcome& outcome) {
  if (!outcome.built) return;
  const auto given = outcome.built->manifest.config.poll_interval;
  if (!given) return;
  const auto interval = std::clamp(*given, kMinPollInterval, kLongestPollInterval);
  if (!poll_) return poll(interval);
  poll_->set_interval(interval);
}

void DevSession::stop() {
  stopped_ = true;
  poll_.reset();
  settled_.cancel();
}

void DevSession::take_changes(const std::vector<FileChange>& changes) {
  if (stopped_) return;
  bool any = false;
  for (const FileChange& change : changes) {
    if (!filter_.matters(change)) {
      if (building_) missed_.push_back(change);
      continue;
    }
    any = true;
    pending_.add(change, filter_);
    native_only_ = native_only_ && is_native_source(change);
  }
  if (missed_.size() > kMaxMissed) {
    missed_.clear();
    pending_.need_everything();
    any = true;
    native_only_ = false;
  }
  if (!any) return;
  observer_.on_rebuild_begins(native_only_);
  if (building_) {
    stale_ = true;
  } else {
    settle();
  }
}

void DevSession::settle() {
  settling_ = true;
  settled_.set_after(kQuietTime);
}

void DevSession::want(const std::string& file) {
  if (stopped_) return;
  pending_.want(file);
  if (!building_ && !settling_) build();
}

void DevSession::build() {
  building_ = true;
  settling_ = false;
  stale_ = false;
  native_only_ = true;
  ++generation_;
  const bool only_wanted = !pending_.has_changes();
  ProjectBuilder::Target target;
  target.outdir = folder() / std::to_string(generation_);
  target.manifest_file = target.outdir / "manifest.json";
  target.build_id = "development-" + std::to_string(generation_);
  const auto done = [this, only_wanted](BuildOutcome outcome) {
    finish(std::move(outcome), only_wanted);
  };
  std::optional<UpdateRequest> update = pending_.take();
  if (update && builder_.can_update()) {
    builder_.update(std::move(target), std::move(*update), done);
  } else {
    builder_.build(std::move(target), done);
  }
}

void DevSession::finish(BuildOutcome outcome, bool only_wanted) {
  building_ = false;
  if (stopped_) return;
  if (!outcome.built) pending_.need_everything();
  const bool complete = outcome.built.has_value() && outcome.built->problems.empty();
  filter_.built(outcome.inputs, complete ? LastBuild::complete : LastBuild::with_errors,
                outcome.config_inputs);
  poll_as_configured(outcome);
  for (const fs::path& input : outcome.inputs) {
    watch_->add_folder(input.parent_path());
    if (poll_) poll_->add_folder(input.parent_path());
  }
  take_missed_changes();
  const bool discard = stale_ && discarded_ < kMaxDiscarded;
  discarded_ = discard ? discarded_ + 1 : 0;
  if (!discard) report(std::move(outcome), only_wanted);
  remove_old_generations();
  if (stale_) {
    observer_.on_rebuild_begins(native_only_);
    settle();
  } else if (pending_.has_wanted() && !building_ && !settling_) {
    build();
  }
}

void DevSession::report(BuildOutcome outcome, bool only_wanted) {
  if (!outcome.built) return observer_.on_failed(outcome.failure);
  if (poll_ && poll_->overflowed()) outcome.built->warnings.push_back(overflow_warning());
  // What it reports makes waiting requests go on, and these can want further routes: they are
  // compiled together.
  building_ = true;
  if (only_wanted) {
    observer_.on_compiled(std::move(*outcome.built));
  } else {
    observer_.on_built(std::move(*outcome.built));
  }
  building_ = false;
}

void DevSession::take_missed_changes() {
  for (const FileChange& change : std::exchange(missed_, {})) {
    if (!filter_.matters(change)) continue;
    pending_.add(change, filter_);
    native_only_ = native_only_ && is_native_source(change);
    stale_ = true;
  }
}

void DevSession::remove_old_generations() {
  if (generation_ <= kKeptGenerations) return;
  std::error_code ignored;
  fs::remove_all(folder() / std::to_string(generation_ - kKeptGenerations), ignored);
}

}  // namespace millrace::dev
