#include "solo_worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>

#include "host.hpp"
#include "loop_runner.hpp"
#include "socket_outbox.hpp"

namespace millrace::native {

namespace {

namespace asio = boost::asio;
using Wait = asio::posix::stream_descriptor::wait_type;

/// Handlers of the loop before what they have written leaves: one that always asks for another turn
/// must not hold it back.
constexpr int kMostInATurn = 64;

class SoloWorker {
 public:
  explicit SoloWorker(int link)
      : link_(loop_, ::fcntl(link, F_DUPFD_CLOEXEC, 0)),
        out_(link, [this] { wait_for_room(); }),
        runner_(loop_, out_),
        host_(out_, runner_),
        input_(link, host_) {
    ::fcntl(link, F_SETFL, ::fcntl(link, F_GETFL) | O_NONBLOCK);
  }

  Ending run() {
    host_.say_hello();
    out_.flush();
    wait_for_frames();
    for (;;) {
      loop_.run_one();
      for (int i = 0; i < kMostInATurn && loop_.poll_one() > 0; ++i) {
      }
      const bool drained = host_.drained();
      out_.flush();
      if (ending_ != Ending::none) return ending_;
      if (drained && out_.sent()) return Ending::drained;
    }
  }

 private:
  void wait_for_frames() {
    link_.async_wait(Wait::wait_read, [this](boost::system::error_code failed) {
      ending_ = failed ? Ending::server_gone : input_.read();
      host_.run_batch();
      if (ending_ == Ending::none) wait_for_frames();
    });
  }

  void wait_for_room() {
    if (std::exchange(waiting_, true)) return;
    link_.async_wait(Wait::wait_write, [this](boost::system::error_code) {
      waiting_ = false;
      out_.flush();
    });
  }

  asio::io_context loop_{1};
  asio::posix::stream_descriptor link_;
  SocketOutbox out_;
  LoopRunner runner_;
  Host host_;
  FrameInput input_;
  Ending ending_ = Ending::none;
  bool waiting_ = false;
};

}  // namespace

Ending run_solo(int link) { return SoloWorker(link).run(); }

}  // namespace millrace::native
