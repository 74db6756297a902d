// The certificates that secure connections trust, loaded once a process for each choice of them.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

namespace millrace::client {

struct TlsRoots {
  /// Null where they cannot be read.
  std::shared_ptr<boost::asio::ssl::context> context;
  /// Why not.
  std::string error;
};

/// `ca_file`: as in FetchOptions. Any thread.
[[nodiscard]] TlsRoots tls_roots(const std::string& ca_file);

}  // namespace millrace::client
