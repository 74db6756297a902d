// ConnectionPool keeps a loop's connections between requests. It hangs on the loop, as a service of
// Asio's, and ends with it.
#pragma once

#include <boost/asio/execution_context.hpp>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "fetch/connection.hpp"

namespace millrace::client {

/// Used from the loop's thread only.
class ConnectionPool final : public boost::asio::execution_context::service {
 public:
  static constexpr std::size_t kMaxOfKey = 8;
  static constexpr std::size_t kMaxOfAll = 64;
  static constexpr std::chrono::seconds kKeptFor{30};

  inline static boost::asio::execution_context::id id;

  explicit ConnectionPool(boost::asio::execution_context& context) : service(context) {}

  /// That of the loop on which `executor` runs.
  [[nodiscard]] static ConnectionPool& of(const boost::asio::any_io_executor& executor);

  /// A quiet connection with that key, the one used last; null where there is none.
  [[nodiscard]] std::unique_ptr<Connection> take(std::string_view key, Clock::time_point now);

  /// Keeps `connection` until `until` at the latest. Closes the oldest where there are too many.
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
