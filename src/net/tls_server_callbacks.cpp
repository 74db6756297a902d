// What OpenSSL asks during a handshake: which certificate, which protocol, which key for a ticket.
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>

#include "net/tls_server_impl.hpp"

namespace millrace::net {

namespace {

const TlsServer::Impl& impl_of(const SSL* connection) {
  return *static_cast<const TlsServer::Impl*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(connection)));
}

int choose_host(SSL* connection, int* /*alert*/, void* /*unused*/) {
  const char* const name = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_CTX* const chosen = impl_of(connection).context_for(name);
  if (chosen != SSL_get_SSL_CTX(connection)) SSL_set_SSL_CTX(connection, chosen);
  return SSL_TLSEXT_ERR_OK;
}

int choose_protocol(SSL* connection, const unsigned char** out, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void* /*unused*/) {
  const std::string& own = impl_of(connection).protocols;
  unsigned char* chosen = nullptr;
  const int found =
      SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(own.data()),
                            static_cast<unsigned int>(own.size()), offered, offered_size);
  // A client that speaks none of the protocols may be a victim of another protocol's attacker
  // (RFC 7301 §3.2).
  if (found != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

bool set_mac(EVP_MAC_CTX* mac, const TlsTicketKeys::Key& key) {
  // Neither is changed.
  auto* const bytes = const_cast<unsigned char*>(key.hmac.data());
  auto* const digest = const_cast<char*>("SHA256");
  const std::array<OSSL_PARAM, 3> parameters = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, bytes, key.hmac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, parameters.data()) == 1;
}

/// Sets up `cipher` and `mac` to make a ticket or to read one. Returns what OpenSSL expects: -1 for
/// a failure, 0 for an unknown key, 1, or 2 where the client gets a new ticket.
int use_ticket_key(SSL* connection, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                   EVP_MAC_CTX* mac, int encrypts) {
  const auto keys = impl_of(connection).tickets->keys();
  const EVP_CIPHER* const method = EVP_aes_256_cbc();
  if (encrypts == 1) {
    const TlsTicketKeys::Key& newest = keys->front();
    std::copy(newest.name.begin(), newest.name.end(), name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(method)) != 1 ||
        EVP_EncryptInit_ex(cipher, method, nullptr, newest.cipher.data(), iv) != 1 ||
        !set_mac(mac, newest)) {
      return -1;
    }
    return 1;
  }
  const auto key = std::find_if(keys->begin(), keys->end(), [name](const auto& known) {
    return std::equal(known.name.begin(), known.name.end(), name);
  });
  if (key == keys->end()) return 0;
  if (EVP_DecryptInit_ex(cipher, method, nullptr, key->cipher.data(), iv) != 1 ||
      !set_mac(mac, *key)) {
    return -1;
  }
  // In TLS 1.3 each ticket is used once (RFC 8446 appendix C.4).
  const bool renews = key != keys->begin() || SSL_version(connection) == TLS1_3_VERSION;
  return renews ? 2 : 1;
}

}  // namespace

void TlsServer::Impl::set_callbacks(SSL_CTX* context) {
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_tlsext_servername_callback(context, &choose_host);
  SSL_CTX_set_alpn_select_cb(context, &choose_protocol, nullptr);
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, &use_ticket_key);
}

}  // namespace millrace::net
