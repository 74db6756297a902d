// Connection is one to a server, plain or secured.
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

/// Belongs to the loop it was made on.
struct Connection {
  using Tls = boost::asio::ssl::stream<boost::beast::tcp_stream&>;

  Connection(boost::asio::any_io_executor executor, std::string the_key)
      : key(std::move(the_key)), tcp(std::move(executor)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Requests with the same key may share it.
  std::string key;
  boost::beast::tcp_stream tcp;
  /// Kept alive for `tls`.
  std::shared_ptr<boost::asio::ssl::context> roots;
  std::optional<Tls> tls;
  /// Has carried a request before.
  bool kept = false;

  /// Whether a request can be sent on it: the other side has neither closed it nor said anything
  /// since its last answer.
  [[nodiscard]] bool is_quiet();
};

/// What connections for that URL and those certificates have in common.
[[nodiscard]] std::string connection_key(const TargetUrl& url, const FetchOptions& options);

/// Connects a new connection, for https with the server's name verified. None where that succeeded.
/// All references must outlive the task.
[[nodiscard]] Task<std::optional<Failure>> open(Connection& connection, const TargetUrl& url,
                                                const FetchOptions& options,
                                                Clock::time_point deadline);

}  // namespace millrace::client
