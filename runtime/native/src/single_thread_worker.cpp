#include "single_thread_worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>

#include "loop_runner.hpp"
#include "socket_outbox.hpp"
#include "worker_session.hpp"

namespace millrace::native {

namespace {

namespace asio = boost::asio;
using Wait = asio::posix::stream_descriptor::wait_type;

/// How many handlers of the loop run before their output is flushed: one that always schedules
/// another turn must not delay it.
constexpr int kMaxHandlersPerTurn = 64;

class SingleThreadWorker {
 public:
  explicit SingleThreadWorker(int link)
      : link_(loop_, ::fcntl(link, F_DUPFD_CLOEXEC, 0)),
        out_(link, [this] { wait_for_room(); }),
        runner_(loop_, out_),
        session_(out_, runner_),
        input_(link, session_) {
    ::fcntl(link, F_SETFL, ::fcntl(link, F_GETFL) | O_NONBLOCK);
  }

  Ending run() {
    session_.send_hello();
    out_.flush();
    wait_for_frames();
    for (;;) {
      loop_.run_one();
      for (int i = 0; i < kMaxHandlersPerTurn && loop_.poll_one() > 0; ++i) {
      }
      const bool drained = session_.drained();
      out_.flush();
      if (ending_ != Ending::none) return ending_;
      if (drained && out_.sent()) return Ending::drained;
    }
  }

 private:
  void wait_for_frames() {
    link_.async_wait(Wait::wait_read, [this](boost::system::error_code failed) {
      ending_ = failed ? Ending::server_gone : input_.read();
      session_.run_batch();
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
  WorkerSession session_;
  FrameInput input_;
  Ending ending_ = Ending::none;
  bool waiting_ = false;
};

}  // namespace

Ending run_single_threaded(int link) { return SingleThreadWorker(link).run(); }

}  // namespace millrace::native
