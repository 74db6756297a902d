// The program of a worker for routes in C++: speaks the link (protocol/link.md) on descriptor 3 and
// runs the shared objects that the build made of them.
#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstddef>
#include <iostream>
#include <string_view>

#include "describe.hpp"
#include "millrace/shared.hpp"
#include "solo_worker.hpp"
#include "worker.hpp"

namespace {

constexpr int kLink = 3;
constexpr int kUsageExit = 64;
/// What sysexits.h calls a software error.
constexpr int kProtocolErrorExit = 70;

int serve(std::size_t threads) {
  using millrace::native::Ending;
  // As in Node.js: a route that writes to what has gone is told EPIPE.
  ::signal(SIGPIPE, SIG_IGN);
  // What routes start does not get the link.
  ::fcntl(kLink, F_SETFD, FD_CLOEXEC);
  const auto end_with = [](Ending ending) {
    // A handler that still runs would hold the end up for ever.
    if (ending != Ending::drained) ::_exit(ending == Ending::server_gone ? 0 : kProtocolErrorExit);
  };
  if (threads == 1) {
    end_with(millrace::native::run_solo(kLink));
  } else {
    millrace::native::Worker worker(kLink, threads);
    end_with(worker.run());
  }
  millrace::detail::clear_shared_values();
  // Not exit(): destructors of routes' statics may need each other in any order.
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
