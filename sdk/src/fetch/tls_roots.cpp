#include "fetch/tls_roots.hpp"

#include <map>
#include <mutex>
#include <utility>

#include "millrace/env.hpp"

namespace millrace::client {

namespace {

namespace ssl = boost::asio::ssl;

constexpr std::size_t kMaxKept = 16;

TlsRoots load(const std::string& ca_file, const std::string& more) {
  boost::system::error_code error;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  ::SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  context->set_verify_mode(ssl::verify_peer);
  const std::string& file = ca_file.empty() ? more : ca_file;
  // Missing files are ignored.
  if (ca_file.empty()) context->set_default_verify_paths(error);
  if (!file.empty()) context->load_verify_file(file, error);
  if (!file.empty() && error) {
    return {nullptr, "cannot read the certificates in " + file + " (" +
                         (ca_file.empty() ? "SSL_CERT_FILE" : "FetchOptions::ca_file") +
                         "): " + error.message()};
  }
  return {std::move(context), {}};
}

}  // namespace

TlsRoots tls_roots(const std::string& ca_file) {
  static std::mutex mutex;
  static std::map<std::pair<std::string, std::string>, TlsRoots> kept;
  std::pair<std::string, std::string> key(ca_file, env("SSL_CERT_FILE", ""));
  const std::lock_guard lock(mutex);
  if (const auto found = kept.find(key); found != kept.end()) return found->second;
  TlsRoots roots = load(key.first, key.second);
  if (kept.size() >= kMaxKept) kept.clear();
  if (roots.context) kept.emplace(std::move(key), roots);
  return roots;
}

}  // namespace millrace::client
