#include "gateway/client_certificate.hpp"

#include <openssl/evp.h>

#include "base/ascii.hpp"
#include "gateway/internal_fields.hpp"

namespace millrace::gateway {

bool is_removed_beside_certificates(std::string_view name) {
  return is_internal_field(name) || base::equals_ignoring_case(name, "client-cert") ||
         base::equals_ignoring_case(name, "client-cert-chain");
}

ClientCertificate::ClientCertificate(std::string_view der) {
  // Base64 and a final NUL.
  std::string encoded((der.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(der.data()),
                                   static_cast<int>(der.size()));
  encoded.resize(static_cast<std::size_t>(size));
  line_.append("Client-Cert: :").append(encoded).append(":\r\n");
}

const http::RequestHead& ClientCertificate::add_to(const http::RequestHead& head) {
  fields_.assign(head.fields).append(line_);
  head_ = head;
  head_.fields = fields_;
  return head_;
}

}  // namespace millrace::gateway
