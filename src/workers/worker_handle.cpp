#include "workers/worker_handle.hpp"

#include <signal.h>
#include <unistd.h>

#include <utility>

namespace millrace::workers {

namespace {

/// Says why a worker whose link has ended in that way is killed.
std::string_view describe(ChannelEnd how) {
  switch (how) {
    case ChannelEnd::unread:
      return "does not read its link";
    case ChannelEnd::undecided:
      return "cannot tell what it has read of its link";
    case ChannelEnd::closed:
    case ChannelEnd::protocol_error:
      break;
  }
  return "broke the link protocol";
}

}  // namespace

base::Result<std::unique_ptr<WorkerHandle>> WorkerHandle::start(net::EventLoop& loop,
                                                                const Launch& launch,
                                                                WorkerOptions options,
                                                                WorkerServices& services,
                                                                Observer& observer) {
  std::unique_ptr<WorkerHandle> handle(new WorkerHandle(loop, options, observer));
  LinkSession::Peer peer = launch.inline_peer;
  base::UniqueFd peer_end;
  handle->pid_ = ::getpid();
  if (!launch.inline_peer) {
    auto spawned =
        ChildProcess::spawn(loop, launch, [raw = handle.get()](Exit exit) { raw->on_exit(exit); });
    if (!spawned) return spawned.error();
    handle->process_ = std::move(spawned->process);
    handle->pid_ = handle->process_->pid();
    peer = std::move(spawned->link);
    peer_end = std::move(spawned->peer_end);
  }
  handle->session_.emplace(loop, std::move(peer), std::move(options.session), handle->watchdog_,
                           handle->report_, services, static_cast<LinkSession::Observer&>(*handle));
  handle->session_->keep_peer_end(std::move(peer_end));
  return handle;
}

WorkerHandle::WorkerHandle(net::EventLoop& loop, const WorkerOptions& options, Observer& observer)
    : loop_(loop),
      observer_(observer),
      threaded_(options.session.role.threaded),
      state_since_(net::Clock::now()),
      started_at_(state_since_),
      watchdog_(*this, options.work),
      report_(options.heap_limit) {}

WorkerHandle::~WorkerHandle() {
  *alive_ = false;
  // Destroying the session fails its invocations, whose requesters may abort others: no event about
  // room is reported.
  state_ = WorkerState::dead;
}

void WorkerHandle::enter(WorkerState state) {
  state_ = state;
  state_since_ = net::Clock::now();
  watchdog_.restart();
}

void WorkerHandle::drain() {
  if (state_ != WorkerState::starting && state_ != WorkerState::ready) return;
  enter(WorkerState::draining);
  report_.drained();
  session_->drain();
}

void WorkerHandle::kill(metrics::WorkerEnd why, std::string_view reason) {
  if (state_ == WorkerState::dead) return;
  report_.killed(why, reason);
  // From now on it takes no invocations; its exit ends the rest.
  enter(WorkerState::draining);
  if (process_) return process_->send_signal(SIGKILL);
  report_.exited({});
  loop_.post([this, alive = alive_] {
    if (*alive) drain_after_exit();
  });
}

void WorkerHandle::replace(std::string reason) {
  mark_for_replacement(std::move(reason));
  observer_.on_worker_late(*this);
}

void WorkerHandle::ping(net::Clock::time_point now, bool sample) {
  if (state_ == WorkerState::ready) session_->ping(now, sample);
}

void WorkerHandle::snapshot(std::string_view path) {
  if (state_ == WorkerState::ready) session_->snapshot(path);
}

std::vector<ThreadReading> WorkerHandle::threads() const { return read_threads(pid_, threaded_); }

void WorkerHandle::on_room() {
  if (state_ == WorkerState::ready) observer_.on_worker_freed(*this);
}

void WorkerHandle::on_response_begun(std::uint32_t generation, std::uint32_t route) {
  observer_.on_worker_responded(*this, generation, route);
}

void WorkerHandle::on_loaded(std::uint32_t generation) {
  if (state_ == WorkerState::starting) {
    enter(WorkerState::ready);
    ready_at_ = state_since_;
  }
  if (state_ == WorkerState::ready) observer_.on_worker_ready(*this, generation);
}

void WorkerHandle::on_load_failed(std::uint32_t generation, std::string_view error) {
  observer_.on_load_failed(*this, generation, error);
}

void WorkerHandle::on_link_closed(ChannelEnd how) {
  if (how != ChannelEnd::closed) {
    report_.killed(metrics::WorkerEnd::protocol_error, describe(how));
  }
  // A worker without its link cannot do anything.
  const bool ends_by_itself = how == ChannelEnd::closed && state_ == WorkerState::draining;
  if (process_ && !ends_by_itself) process_->send_signal(SIGKILL);
  if (state_ == WorkerState::ready) enter(WorkerState::draining);
  session_->streams().fail_all();
  if (!process_) {
    report_.exited({});
    // Deferred: a worker must not become dead inside a call of its own.
    loop_.post([this, alive = alive_] {
      if (*alive) die();
    });
  } else if (report_.has_exited()) {
    die();
  }
}

void WorkerHandle::on_exit(Exit exit) {
  report_.exited(exit);
  if (session_->closed()) return die();
  // It takes no more invocations, and least of all those that it gives back.
  if (state_ == WorkerState::ready) enter(WorkerState::draining);
  observer_.on_worker_ended(*this);
  if (session_->closed()) return die();
  // Frames that it sent before it ended may still be in the socket, including responses.
  session_->peer_has_ended();
  read_at_last_check_ = session_->progress().read;
  loop_.post([this, alive = alive_] {
    if (*alive) drain_after_exit();
  });
}

void WorkerHandle::drain_after_exit() {
  if (state_ == WorkerState::dead) return;
  // In addition to the bytes in the kernel, a read may have completed without having been reported.
  const LinkProgress link = session_->progress();
  if (!link.closed && link.arrived != std::exchange(read_at_last_check_, link.read)) {
    loop_.post([this, alive = alive_] {
      if (*alive) drain_after_exit();
    });
    return;
  }
  session_->close();
  die();
}

void WorkerHandle::die() {
  if (state_ == WorkerState::dead) return;
  enter(WorkerState::dead);
  session_->streams().fail_all();
  observer_.on_worker_dead(*this);
}

}  // namespace millrace::workers
