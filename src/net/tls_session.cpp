#include "net/tls_session.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/tls_server_impl.hpp"

namespace millrace::net {

struct TlsSession::Impl {
  /// Declared first: the connection uses its contexts.
  std::shared_ptr<const TlsServer> server;
  SslConnection connection;
  std::string failure;
  std::uint32_t key_updates = 0;
  /// The peer broke a rule that OpenSSL leaves to the caller.
  bool misbehaves = false;

  Outcome fail(std::string reason) {
    failure = std::move(reason);
    return {.state = State::failed, .bytes = 0};
  }

  /// `result` is of the operation that has just failed.
  Outcome outcome_of(int result) {
    const int saved = errno;
    switch (SSL_get_error(connection.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {.state = State::wants_read, .bytes = 0};
      case SSL_ERROR_WANT_WRITE:
        return {.state = State::wants_write, .bytes = 0};
      case SSL_ERROR_ZERO_RETURN:
        return {.state = State::ended, .bytes = 0};
      case SSL_ERROR_SYSCALL:
        ERR_clear_error();
        return fail(saved == 0 ? "the connection was closed" : std::strerror(saved));
      default:
        return fail(last_openssl_error());
    }
  }

  /// Watches the handshake messages that arrive after the handshake.
  static void on_message(int is_written, int /*version*/, int type, const void* bytes,
                         std::size_t size, SSL* /*connection*/, void* self) {
    auto& session = *static_cast<Impl*>(self);
    const auto* const begin = static_cast<const unsigned char*>(bytes);
    constexpr unsigned char kKeyUpdate = SSL3_MT_KEY_UPDATE;
    if (is_written == 0 && type == SSL3_RT_HANDSHAKE && size > 0 && begin[0] == kKeyUpdate) {
      session.misbehaves = session.misbehaves || ++session.key_updates > kMostKeyUpdates;
    }
    // OpenSSL refuses each attempt to renegotiate with a warning, and goes on: an endless stream of
    // them would keep the server writing.
    const bool refusal = is_written != 0 && type == SSL3_RT_ALERT && size == 2 &&
                         begin[0] == SSL3_AL_WARNING && begin[1] == SSL_AD_NO_RENEGOTIATION;
    session.misbehaves = session.misbehaves || refusal;
  }
};

TlsSession::TlsSession(std::shared_ptr<const TlsServer> server, int fd)
    : impl_(std::make_unique<Impl>()) {
  impl_->server = std::move(server);
  SSL_CTX* const context = impl_->server->impl_->hosts.front().context.get();
  impl_->connection.reset(SSL_new(context));
  if (impl_->connection) SSL_set_fd(impl_->connection.get(), fd);
}

TlsSession::~TlsSession() = default;

TlsSession::Outcome TlsSession::handshake() {
  SSL* const connection = impl_->connection.get();
  if (connection == nullptr) return impl_->fail("no memory for a session");
  ERR_clear_error();
  errno = 0;
  const int result = SSL_accept(connection);
  if (result != 1) return impl_->outcome_of(result);
  SSL_set_msg_callback(connection, &Impl::on_message);
  SSL_set_msg_callback_arg(connection, impl_.get());
  return {.state = State::done, .bytes = 0};
}

TlsSession::Outcome TlsSession::read(char* to, std::size_t room) {
  ERR_clear_error();
  errno = 0;
  std::size_t got = 0;
  const int result = SSL_read_ex(impl_->connection.get(), to, room, &got);
  if (impl_->misbehaves) return impl_->fail("too many key updates, or a renegotiation");
  if (result != 1) return impl_->outcome_of(result);
  return {.state = State::done, .bytes = got};
}

bool TlsSession::has_received() const { return SSL_has_pending(impl_->connection.get()) == 1; }

TlsSession::Outcome TlsSession::write(std::string_view bytes) {
  ERR_clear_error();
  errno = 0;
  std::size_t written = 0;
  const int result = SSL_write_ex(impl_->connection.get(), bytes.data(), bytes.size(), &written);
  if (result != 1) return impl_->outcome_of(result);
  return {.state = State::done, .bytes = written};
}

void TlsSession::end_output() {
  SSL* const connection = impl_->connection.get();
  // A second SSL_shutdown would wait for the peer's.
  const bool sent = (SSL_get_shutdown(connection) & SSL_SENT_SHUTDOWN) != 0;
  if (!impl_->failure.empty() || sent) return;
  ERR_clear_error();
  SSL_shutdown(connection);
  ERR_clear_error();
}

std::string_view TlsSession::alpn() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(impl_->connection.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string_view TlsSession::server_name() const {
  const char* const name = SSL_get_servername(impl_->connection.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string_view() : std::string_view(name);
}

bool TlsSession::resumed() const { return SSL_session_reused(impl_->connection.get()) == 1; }

std::string TlsSession::client_certificate() const {
  X509* const certificate = SSL_get0_peer_certificate(impl_->connection.get());
  if (certificate == nullptr) return {};
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return bytes;
}

const std::string& TlsSession::failure() const { return impl_->failure; }

}  // namespace millrace::net
