#include "net/tls_server.hpp"

#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <fstream>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "net/tls_server_impl.hpp"

namespace millrace::net {

namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

/// Mozilla's intermediate configuration, without its DHE suites: every client that it is made for
/// has ECDHE, and a DHE key exchange costs the server much more than the client.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:prime256v1:secp384r1";
/// The largest chain of certificates that a client may present, in bytes.
constexpr long kMostCertificates = 32L * 1024;

using Names = std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES_free>>;

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += base::to_lower(c);
  return out;
}

std::string text_of(const ASN1_STRING* text) {
  const unsigned char* const bytes = ASN1_STRING_get0_data(text);
  return lower({reinterpret_cast<const char*>(bytes),
                static_cast<std::size_t>(std::max(ASN1_STRING_length(text), 0))});
}

/// Returns the host names of a certificate, sorted. Its common name counts only where it has no
/// alternative names (RFC 6125 §6.4.4).
std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const Names alternatives(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
  }
  if (!alternatives) {
    X509_NAME* const subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at >= 0)
      names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// Seconds since 1970 at which the certificate ends.
std::int64_t end_of(X509* certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return 0;
  return timegm(&parts);
}

/// A key with a passphrase cannot be read: there is nobody to ask.
int no_passphrase(char* /*to*/, int /*size*/, int /*writing*/, void* /*unused*/) { return -1; }

Result<void> use_files(SSL_CTX* context, const TlsCertificateFiles& files) {
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return Error(ErrorCode::invalid, files.certificate +
                                         ": expected a readable certificate in PEM, with its "
                                         "chain: " +
                                         last_openssl_error());
  }
  // Compares it with the certificate too.
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Error(ErrorCode::invalid, files.key + ": expected the readable private key of " +
                                         files.certificate +
                                         " in PEM, without a passphrase: " + last_openssl_error());
  }
  return {};
}

/// The protocols as ALPN sends them.
std::string alpn_list(const std::vector<std::string>& protocols) {
  std::string list;
  for (const std::string& protocol : protocols) {
    list += static_cast<char>(protocol.size());
    list += protocol;
  }
  return list;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return file ? text.str() : std::string();
}

/// Separates sessions by what was required of the client: one that was made without a certificate
/// must not be resumed where one is required.
std::string session_context(const TlsServerOptions& options) {
  std::string required(1, static_cast<char>(options.client_certificates));
  if (!options.client_authorities.empty()) required += read_file(options.client_authorities);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(required.data(), required.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

Result<void> verify_clients(SSL_CTX* context, const TlsServerOptions& options) {
  if (options.client_certificates == ClientCertificates::none) return {};
  const char* const file = options.client_authorities.c_str();
  STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file);
  if (names == nullptr || SSL_CTX_load_verify_locations(context, file, nullptr) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return Error(ErrorCode::invalid, options.client_authorities +
                                         ": expected the readable certificates of authorities in "
                                         "PEM: " +
                                         last_openssl_error());
  }
  SSL_CTX_set_client_CA_list(context, names);
  const bool required = options.client_certificates == ClientCertificates::required;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  return {};
}

Result<SslContext> make_context(const TlsServerOptions& options) {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const made = context.get();
  if (made == nullptr || SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(made, kCiphers) != 1 ||
      SSL_CTX_set1_groups_list(made, kGroups) != 1) {
    return Error(ErrorCode::system, "TLS: " + last_openssl_error());
  }
  SSL_CTX_set_options(made, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(made, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                             SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One system call for a record instead of two.
  SSL_CTX_set_read_ahead(made, 1);
  SSL_CTX_set_max_cert_list(made, kMostCertificates);
  SSL_CTX_set_default_passwd_cb(made, &no_passphrase);
  // Sessions are kept by clients, as tickets.
  SSL_CTX_set_session_cache_mode(made, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(made, std::chrono::seconds(TlsTicketKeys::kRotation).count());
  const std::string id = session_context(options);
  SSL_CTX_set_session_id_context(made, reinterpret_cast<const unsigned char*>(id.data()),
                                 static_cast<unsigned int>(id.size()));
  if (auto verified = verify_clients(made, options); !verified) return verified.error();
  return context;
}

}  // namespace

SSL_CTX* TlsServer::Impl::context_for(std::string_view name) const {
  std::string wanted = lower(name);
  if (const auto found = by_name.find(wanted); found != by_name.end()) return found->second;
  const std::size_t dot = wanted.find('.');
  if (dot != std::string::npos) {
    // A wildcard stands for one label.
    wanted.erase(0, dot);
    wanted.insert(wanted.begin(), '*');
    const auto found = by_name.find(wanted);
    if (found != by_name.end()) return found->second;
  }
  return hosts.front().context.get();
}

Result<void> TlsServer::Impl::add(const TlsServerOptions& options,
                                  const TlsCertificateFiles& files) {
  auto context = make_context(options);
  if (!context) return context.error();
  if (auto used = use_files(context->get(), files); !used) return used.error();
  X509* const certificate = SSL_CTX_get0_certificate(context->get());
  const int key_type = EVP_PKEY_get_base_id(SSL_CTX_get0_privatekey(context->get()));
  std::vector<std::string> names = names_of(certificate);
  expires = std::min(expires, end_of(certificate));
  const auto alternative = std::find_if(hosts.begin(), hosts.end(), [&](const Host& host) {
    return host.names == names && std::find(host.key_types.begin(), host.key_types.end(),
                                            key_type) == host.key_types.end();
  });
  if (alternative != hosts.end()) {
    alternative->key_types.push_back(key_type);
    return use_files(alternative->context.get(), files);
  }
  for (const std::string& name : names) by_name.emplace(name, context->get());
  hosts.push_back(
      {.context = std::move(context).value(), .names = std::move(names), .key_types = {key_type}});
  return {};
}

TlsServer::TlsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsServer::~TlsServer() = default;

Result<std::shared_ptr<const TlsServer>> TlsServer::load(
    const TlsServerOptions& options, std::shared_ptr<const TlsTicketKeys> tickets) {
  auto impl = std::make_unique<Impl>();
  impl->tickets = std::move(tickets);
  impl->protocols = alpn_list(options.protocols);
  impl->expires = std::numeric_limits<std::int64_t>::max();
  for (const TlsCertificateFiles& files : options.certificates) {
    if (auto added = impl->add(options, files); !added) return added.error();
  }
  if (impl->hosts.empty()) {
    return Error(ErrorCode::invalid, "TLS: expected at least one certificate, found none");
  }
  for (const Impl::Host& host : impl->hosts) impl->set_callbacks(host.context.get());
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the constructor is private
  return std::shared_ptr<const TlsServer>(new TlsServer(std::move(impl)));
}

std::vector<std::string> TlsServer::names() const {
  std::vector<std::string> names;
  for (const auto& [name, context] : impl_->by_name) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

std::int64_t TlsServer::expires() const { return impl_->expires; }

}  // namespace millrace::net
