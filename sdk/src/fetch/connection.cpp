#include "fetch/connection.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <vector>

#include "fetch/name_lookup.hpp"
#include "fetch/tls_roots.hpp"

namespace millrace::client {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

Task<std::optional<Failure>> resolve(const TargetUrl& url, Clock::time_point deadline,
                                     std::vector<tcp::endpoint>& endpoints) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(std::string(url.name()), error);
  if (!error) {
    endpoints.emplace_back(address, static_cast<std::uint16_t>(std::stoul(url.port)));
    co_return std::nullopt;
  }
  Task<Addresses> finding =
      NameLookup::of_system().find(std::string(url.name()), url.port, deadline);
  Addresses found = co_await std::move(finding);
  if (found.error) co_return failure_of("cannot resolve the host " + url.host, found.error);
  endpoints = std::move(found.endpoints);
  co_return std::nullopt;
}

/// False where OpenSSL has no memory, or the name cannot be verified.
bool expect_name(::SSL* tls, const TargetUrl& url) {
  const std::string name(url.name());
  boost::system::error_code error;
  (void)asio::ip::make_address(name, error);
  if (!error) {
    return ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(tls), name.c_str()) == 1;
  }
  ::SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return ::SSL_set1_host(tls, name.c_str()) == 1 &&
         ::SSL_set_tlsext_host_name(tls, name.c_str()) == 1;
}

Task<std::optional<Failure>> secure(Connection& connection, const TargetUrl& url,
                                    const FetchOptions& options) {
  TlsRoots roots = tls_roots(options.ca_file);
  Failure failure;
  failure.reason = FetchError::Reason::tls;
  failure.text = std::move(roots.error);
  if (!roots.context) co_return failure;
  connection.roots = std::move(roots.context);
  connection.tls.emplace(connection.tcp, *connection.roots);
  ::SSL* const tls = connection.tls->native_handle();
  failure.text = "the host name cannot be verified";
  if (!expect_name(tls, url)) co_return failure;
  const auto [error] =
      co_await connection.tls->async_handshake(asio::ssl::stream_base::client, kTuple);
  if (!error) co_return std::nullopt;
  failure = failure_of("the TLS handshake failed", error);
  if (failure.reason != FetchError::Reason::network) co_return failure;
  failure.reason = FetchError::Reason::tls;
  const long verdict = ::SSL_get_verify_result(tls);
  if (verdict != X509_V_OK) {
    failure.text = std::string("the server's certificate is not trusted: ") +
                   ::X509_verify_cert_error_string(verdict);
  }
  co_return failure;
}

}  // namespace

bool Connection::is_reusable() {
  if (!tcp.socket().is_open()) return false;
  char byte = 0;
  const ssize_t got =
      ::recv(tcp.socket().native_handle(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && errno == EAGAIN;
}

std::string connection_key(const TargetUrl& url, const FetchOptions& options) {
  return url.secure ? url.origin() + " " + options.ca_file : url.origin();
}

Task<std::optional<Failure>> open(Connection& connection, const TargetUrl& url,
                                  const FetchOptions& options, Clock::time_point deadline) {
  std::vector<tcp::endpoint> endpoints;
  auto failure = co_await resolve(url, deadline, endpoints);
  if (failure) co_return failure;
  connection.tcp.expires_at(deadline);
  const auto [error, endpoint] = co_await connection.tcp.async_connect(endpoints, kTuple);
  if (error) co_return failure_of("cannot connect", error);
  boost::system::error_code ignored;
  connection.tcp.socket().set_option(tcp::no_delay(true), ignored);
  if (url.secure) failure = co_await secure(connection, url, options);
  co_return failure;
}

}  // namespace millrace::client
