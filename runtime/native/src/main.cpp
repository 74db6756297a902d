// The program of a native worker: speaks the link protocol (protocol/link.md) on descriptor 3 and
// runs the shared objects that the build has made of routes in C++.
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstddef>
#include <iostream>
#include <string_view>

#include "describe.hpp"
#include "millrace/shared.hpp"
#include "single_thread_worker.hpp"
#include "worker.hpp"

namespace {

constexpr int kLink = 3;
constexpr int kUsageExit = 64;
/// EX_SOFTWARE of sysexits.h.
constexpr int kProtocolErrorExit = 70;

int serve(std::size_t threads) {
  using millrace::native::Ending;
  // As in Node.js: writing to a closed pipe or socket fails with EPIPE.
  ::signal(SIGPIPE, SIG_IGN);
  // Programs that routes start do not inherit the link.
  ::fcntl(kLink, F_SETFD, FD_CLOEXEC);
  const auto end_with = [](Ending ending) {
    // A handler that is still running would delay the exit without limit.
    if (ending != Ending::drained) ::_exit(ending == Ending::server_gone ? 0 : kProtocolErrorExit);
  };
  if (threads == 1) {
    end_with(millrace::native::run_single_threaded(kLink));
  } else {
    millrace::native::Worker worker(kLink, threads);
    end_with(worker.run());
  }
  millrace::detail::clear_shared_values();
  // Not exit(): the destructors of the routes' statics may depend on each other in any order.
  ::_exit(0);
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 3 && std::string_view(arguments[1]) == "--describe") {
    return millrace::native::describe(arguments[2]);
  }
  if (count == 3 && std::string_view(arguments[1]) == "--threads") {
    const std::string_view text = arguments[2];
    std::size_t threads = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), threads);
    if (failed == std::errc() && end == text.data() + text.size() && threads >= 1 &&
        threads <= 1024) {
      return serve(threads);
    }
  }
  std::cerr << "usage: millrace-native-worker --threads NUMBER | --describe OBJECT\n"
               "The server starts it, with the link on descriptor 3.\n";
  return kUsageExit;
}
