// Makes a certificate for this machine's own names, with which a development server speaks HTTPS. It
// is signed by itself: browsers accept it once the developer does, or trusts the file.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "net/tls_server.hpp"

namespace millrace::net {

/// Returns the files `localhost.pem` and `localhost.key` in `folder`, for localhost, its subdomains,
/// 127.0.0.1 and ::1. Makes them where there are none, or where they end within a day. Error: system.
[[nodiscard]] base::Result<TlsCertificateFiles> local_certificate(
    const std::filesystem::path& folder);

}  // namespace millrace::net
