// ConnectionPool keeps a loop's idle connections between requests. It is a service of the loop's
// Asio context and ends with it.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "fetch/connection.hpp"

namespace millrace::client {

/// Only on the loop's thread.
class ConnectionPool final : public boost::asio::execution_context::service {
 public:
  static constexpr std::size_t kMaxOfKey = 8;
  static constexpr std::size_t kMaxOfAll = 64;
  static constexpr std::chrono::seconds kKeptFor{30};

  inline static boost::asio::execution_context::id id;

  explicit ConnectionPool(boost::asio::execution_context& context) : service(context) {}

  /// The pool of the loop that `executor` runs on.
  [[nodiscard]] static ConnectionPool& of(const boost::asio::any_io_executor& executor);

  /// Returns a reusable connection with that key, the most recently used one; null where there is
  /// none.
  [[nodiscard]] std::unique_ptr<Connection> take(std::string_view key, Clock::time_point now);

  /// Keeps `connection` until `until` at the latest. Closes the oldest connection where there are
  /// too many.
  void put(std::unique_ptr<Connection> connection, Clock::time_point until);

  [[nodiscard]] std::size_t size() const { return idle_.size(); }

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    Clock::time_point until;
  };

  void shutdown() override { idle_.clear(); }

  /// The oldest first.
  std::vector<Idle> idle_;
};

}  // namespace millrace::client
