// The certificates that TLS connections trust, loaded once per process for each set of files.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

namespace millrace::client {

struct TlsRoots {
  /// Null where the certificates cannot be read.
  std::shared_ptr<boost::asio::ssl::context> context;
  /// The reason, where `context` is null.
  std::string error;
};

/// `ca_file`: as in FetchOptions. Any thread.
[[nodiscard]] TlsRoots tls_roots(const std::string& ca_file);

}  // namespace millrace::client
