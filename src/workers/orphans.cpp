#include "workers/orphans.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace millrace::workers {

namespace {

namespace fs = std::filesystem;

/// How long the destructor waits for the last orphans, in milliseconds.
constexpr int kReapTimeout = 1'000;

struct Children {
  bool watched = false;
  /// Orphans have been killed, and not all of them have ended.
  bool ending = false;
  /// Children that are not orphans: workers, with their marks, and children from before this
  /// process became the server, with an empty mark.
  std::map<pid_t, std::string> spared;
};

/// One for the process, as the kernel has one set of children for it.
Children& children() {
  static Children one;
  return one;
}

std::vector<pid_t> orphans() {
  std::vector<pid_t> found;
  std::error_code failed;
  for (const auto& thread : fs::directory_iterator("/proc/self/task", failed)) {
    std::ifstream file(thread.path() / "children");
    for (pid_t pid = 0; file >> pid;) {
      if (!children().spared.contains(pid)) found.push_back(pid);
    }
  }
  return found;
}

/// Reaps orphans that have ended; returns whether none is left.
bool reap() {
  // Children without a mark are reaped here, because the program that started them no longer runs
  // in this process. Their ids can be reused.
  std::erase_if(children().spared, [](const auto& child) {
    return child.second.empty() && ::waitpid(child.first, nullptr, WNOHANG) != 0;
  });
  bool none = true;
  for (const pid_t pid : orphans()) none = ::waitpid(pid, nullptr, WNOHANG) == pid && none;
  return none;
}

/// Returns whether a living worker has started the process.
bool worker_lives(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/environ", std::ios::binary);
  std::string all("\0", 1);
  all.append(std::istreambuf_iterator<char>(file), {}) += '\0';
  return std::any_of(
      children().spared.begin(), children().spared.end(), [&all](const auto& worker) {
        return !worker.second.empty() && all.find('\0' + worker.second + '\0') != std::string::npos;
      });
}

void kill_all() {
  // The first process of a container inherits unrelated orphans; its own end with the container.
  if (::getpid() == 1) return;
  for (const pid_t pid : orphans()) {
    if (!worker_lives(pid)) ::kill(pid, SIGKILL);
  }
}

/// A killed orphan leaves its own children to the server; they must be killed too.
void on_child_ended() {
  if (reap()) children().ending = false;
  if (children().ending) kill_all();
}

}  // namespace

Orphans::Orphans(net::EventLoop& loop) : signals_(loop, {SIGCHLD}, [](int) { on_child_ended(); }) {
  // Keeps SIGCHLD from interrupting the server's system calls.
  struct sigaction action {};
  ::sigaction(SIGCHLD, nullptr, &action);
  action.sa_flags |= SA_RESTART;
  ::sigaction(SIGCHLD, &action, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  for (const pid_t pid : orphans()) children().spared.emplace(pid, "");
  children().watched = true;
}

Orphans::~Orphans() {
  for (int waited = 0; waited < kReapTimeout && !reap(); ++waited) {
    kill_all();
    ::usleep(1'000);
  }
  children().watched = false;
}

void Orphans::spare(pid_t pid, std::string mark) {
  children().spared.insert_or_assign(pid, std::move(mark));
}

void Orphans::kill_orphans_of(pid_t pid) {
  children().spared.erase(pid);
  if (!children().watched) return;
  children().ending = true;
  kill_all();
}

}  // namespace millrace::workers
