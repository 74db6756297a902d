#include "net/tls_handshake.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "net/client_hello.hpp"

namespace millrace::net {

namespace asio = boost::asio;
using Descriptor = asio::posix::stream_descriptor;

struct TlsHandshake::Impl : std::enable_shared_from_this<Impl> {
  Impl(EventLoop& loop, base::UniqueFd fd, std::shared_ptr<const TlsServer> tls,
       std::shared_ptr<base::MemoryBudget> budget, OnDone done)
      : descriptor(loop.context(), fd.release()),
        server(std::move(tls)),
        memory(std::move(budget)),
        on_done(std::move(done)) {}

  Descriptor descriptor;
  std::shared_ptr<const TlsServer> server;
  base::MemoryBudget::Share memory;
  /// Empty once it has been called, or the handshake is destroyed.
  OnDone on_done;
  std::unique_ptr<TlsSession> session;
  /// The bytes that the kernel waits for before the socket counts as readable.
  std::size_t awaited = 1;

  void wait(Descriptor::wait_type what) {
    descriptor.async_wait(what,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            if (!self->on_done) return;
                            if (error) return self->fail(error.message());
                            self->proceed();
                          });
  }

  void proceed() {
    if (!session && !take_hello()) return;
    const TlsSession::Outcome outcome = session->handshake();
    using State = TlsSession::State;
    switch (outcome.state) {
      case State::done:
        return end({.kind = Result::Kind::done, .session = std::move(session)});
      case State::wants_read:
        return wait(Descriptor::wait_read);
      case State::wants_write:
        return wait(Descriptor::wait_write);
      case State::ended:
      case State::failed:
        return fail(session->failure());
    }
  }

  /// Makes the session once the ClientHello's first record is there; returns whether it is.
  bool take_hello() {
    std::array<char, 5 + kMostRecord> bytes{};
    const ssize_t count =
        ::recv(descriptor.native_handle(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
    if (count == 0) return refuse("the client closed the connection");
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      wait(Descriptor::wait_read);
      return false;
    }
    if (count < 0) return refuse(std::strerror(errno));
    const auto received = static_cast<std::size_t>(count);
    const HelloStart start = judge_hello({bytes.data(), received}, TlsSession::kMostHello);
    switch (start.kind) {
      case HelloKind::incomplete:
        // Readable with fewer bytes than awaited: no more will come.
        if (received < awaited) return refuse("the client closed the connection");
        await(start.needed);
        wait(Descriptor::wait_read);
        return false;
      case HelloKind::hello:
        break;
      case HelloKind::plain_http:
        end({.kind = Result::Kind::plain_http});
        return false;
      case HelloKind::too_large:
        return refuse("the ClientHello is too large");
      case HelloKind::unknown:
        return refuse("the client does not speak TLS");
    }
    await(1);
    if (!memory.try_set(kSessionMemory)) {
      end({.kind = Result::Kind::no_memory});
      return false;
    }
    session = std::make_unique<TlsSession>(server, descriptor.native_handle());
    return true;
  }

  void await(std::size_t bytes) {
    if (bytes == awaited) return;
    awaited = bytes;
    const int value = static_cast<int>(bytes);
    ::setsockopt(descriptor.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value);
  }

  bool refuse(std::string reason) {
    fail(std::move(reason));
    return false;
  }

  void fail(std::string reason) {
    end({.kind = Result::Kind::failed, .reason = std::move(reason)});
  }

  void end(Result result) {
    const OnDone done = std::exchange(on_done, nullptr);
    memory.set(0);
    await(1);
    result.socket = base::UniqueFd(descriptor.release());
    done(std::move(result));
  }
};

TlsHandshake::TlsHandshake(EventLoop& loop, base::UniqueFd socket,
                           std::shared_ptr<const TlsServer> server,
                           std::shared_ptr<base::MemoryBudget> memory, OnDone on_done)
    : impl_(std::make_shared<Impl>(loop, std::move(socket), std::move(server), std::move(memory),
                                   std::move(on_done))) {
  impl_->wait(Descriptor::wait_read);
}

TlsHandshake::~TlsHandshake() {
  impl_->on_done = nullptr;
  boost::system::error_code ignored;
  impl_->descriptor.close(ignored);
}

bool TlsHandshake::has_session() const { return impl_->session != nullptr; }

}  // namespace millrace::net
