// Passes the certificate that a client has presented on to the routes, as the request field
// Client-Cert (RFC 9440), and keeps clients from sending that field themselves.
#pragma once

#include <string>
#include <string_view>

#include "http/request_parser.hpp"

namespace millrace::gateway {

/// Whether a request field of that name is removed where clients present certificates: the internal
/// ones, and those of RFC 9440.
[[nodiscard]] bool is_removed_beside_certificates(std::string_view name);

/// The certificate of one connection's client. Belongs to the connection's thread.
class ClientCertificate {
 public:
  /// `der`: the certificate.
  explicit ClientCertificate(std::string_view der);

  /// Returns `head` with the field; valid until the next call, and as long as `head`.
  [[nodiscard]] const http::RequestHead& add_to(const http::RequestHead& head);

 private:
  /// The field's line.
  std::string line_;
  std::string fields_;
  http::RequestHead head_;
};

}  // namespace millrace::gateway
