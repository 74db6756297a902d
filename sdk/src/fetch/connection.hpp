// Connection is a connection to a server, with or without TLS.
#pragma once

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <optional>
#include <string>

#include "fetch/failure.hpp"
#include "fetch/target_url.hpp"
#include "millrace/task.hpp"

namespace millrace::client {

/// Belongs to the loop that it was created on.
struct Connection {
  using Tls = boost::asio::ssl::stream<boost::beast::tcp_stream&>;

  Connection(boost::asio::any_io_executor executor, std::string the_key)
      : key(std::move(the_key)), tcp(std::move(executor)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Requests with the same key can share the connection.
  std::string key;
  boost::beast::tcp_stream tcp;
  /// Owned for `tls`, which uses it.
  std::shared_ptr<boost::asio::ssl::context> roots;
  std::optional<Tls> tls;
  /// Whether it has carried a request before.
  bool reused = false;

  /// Whether the connection can be reused: the other side has neither closed it nor sent anything
  /// since its last response.
  [[nodiscard]] bool is_reusable();
};

/// The key that connections for that URL and those certificates share.
[[nodiscard]] std::string connection_key(const TargetUrl& url, const FetchOptions& options);

/// Opens a connection; for https the server's name is verified. Returns none on success. All
/// references must outlive the task.
[[nodiscard]] Task<std::optional<Failure>> open(Connection& connection, const TargetUrl& url,
                                                const FetchOptions& options,
                                                Clock::time_point deadline);

}  // namespace millrace::client
