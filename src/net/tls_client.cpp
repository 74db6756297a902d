#include "net/tls_client.hpp"

#include <openssl/x509_vfy.h>

#include <array>
#include <utility>

#include "net/openssl_handles.hpp"

namespace millrace::net {

struct TlsTrust::Impl {
  SslContext context;
};

TlsTrust::TlsTrust(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsTrust::~TlsTrust() = default;

base::Result<std::shared_ptr<const TlsTrust>> TlsTrust::load(const std::string& extra_file) {
  auto impl = std::make_unique<Impl>();
  impl->context.reset(SSL_CTX_new(TLS_client_method()));
  if (!impl->context) return base::Error(base::ErrorCode::system, "TLS: " + last_openssl_error());
  SSL_CTX_set_min_proto_version(impl->context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(impl->context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(impl->context.get());
  if (!extra_file.empty() &&
      SSL_CTX_load_verify_locations(impl->context.get(), extra_file.c_str(), nullptr) != 1) {
    return base::Error(base::ErrorCode::invalid,
                       extra_file + ": expected certificates in PEM: " + last_openssl_error());
  }
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the constructor is private
  return std::shared_ptr<const TlsTrust>(new TlsTrust(std::move(impl)));
}

struct TlsClient::Impl {
  SslConnection connection;
  /// Owned by the connection.
  BIO* incoming = nullptr;
  BIO* outgoing = nullptr;
  std::string waiting;
  std::string failure;

  void take_outgoing(std::string& ciphertext) const {
    std::array<char, 16384> piece{};
    for (;;) {
      const int got = BIO_read(outgoing, piece.data(), static_cast<int>(piece.size()));
      if (got <= 0) return;
      ciphertext.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

  void write_waiting() {
    if (waiting.empty() || SSL_is_init_finished(connection.get()) != 1) return;
    // A memory BIO accepts everything.
    std::size_t written = 0;
    if (SSL_write_ex(connection.get(), waiting.data(), waiting.size(), &written) == 1) {
      waiting.clear();
    }
  }

  Status fail() {
    const long judged = SSL_get_verify_result(connection.get());
    const std::string error = last_openssl_error();
    failure = judged == X509_V_OK ? "TLS: " + error
                                  : std::string("its certificate is not accepted: ") +
                                        X509_verify_cert_error_string(judged);
    return Status::failed;
  }
};

TlsClient::TlsClient(const TlsTrust& trust, const std::string& host)
    : impl_(std::make_unique<Impl>()) {
  impl_->connection.reset(SSL_new(trust.impl_->context.get()));
  impl_->incoming = BIO_new(BIO_s_mem());
  impl_->outgoing = BIO_new(BIO_s_mem());
  SSL* const connection = impl_->connection.get();
  SSL_set_bio(connection, impl_->incoming, impl_->outgoing);
  SSL_set_connect_state(connection);
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(connection);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) != 1) {
    SSL_set_tlsext_host_name(connection, host.c_str());
    SSL_set1_host(connection, host.c_str());
  }
  ERR_clear_error();
}

TlsClient::~TlsClient() = default;

void TlsClient::start(std::string& ciphertext) {
  SSL_do_handshake(impl_->connection.get());
  ERR_clear_error();
  impl_->take_outgoing(ciphertext);
}

TlsClient::Status TlsClient::receive(std::string_view bytes, std::string& plaintext,
                                     std::string& ciphertext) {
  ERR_clear_error();
  BIO_write(impl_->incoming, bytes.data(), static_cast<int>(bytes.size()));
  std::array<char, 16384> piece{};
  Status status = Status::open;
  for (;;) {
    std::size_t got = 0;
    const int done = SSL_read_ex(impl_->connection.get(), piece.data(), piece.size(), &got);
    if (done == 1) {
      plaintext.append(piece.data(), got);
      continue;
    }
    const int error = SSL_get_error(impl_->connection.get(), done);
    if (error == SSL_ERROR_ZERO_RETURN) status = Status::ended;
    if (error != SSL_ERROR_ZERO_RETURN && error != SSL_ERROR_WANT_READ) status = impl_->fail();
    break;
  }
  if (status == Status::open) impl_->write_waiting();
  impl_->take_outgoing(ciphertext);
  return status;
}

void TlsClient::send(std::string_view plaintext, std::string& ciphertext) {
  impl_->waiting.append(plaintext);
  impl_->write_waiting();
  impl_->take_outgoing(ciphertext);
}

std::size_t TlsClient::waiting() const { return impl_->waiting.size(); }

const std::string& TlsClient::failure() const { return impl_->failure; }

}  // namespace millrace::net
