#include "fetch/pool.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>

namespace millrace::client {

ConnectionPool& ConnectionPool::of(const boost::asio::any_io_executor& executor) {
  return boost::asio::use_service<ConnectionPool>(
      boost::asio::query(executor, boost::asio::execution::context));
}

std::unique_ptr<Connection> ConnectionPool::take(std::string_view key, Clock::time_point now) {
  std::erase_if(idle_, [now](const Idle& idle) { return idle.until <= now; });
  std::unique_ptr<Connection> found;
  for (std::size_t at = idle_.size(); at-- > 0 && !found;) {
    if (idle_[at].connection->key != key) continue;
    if (idle_[at].connection->is_reusable()) found = std::move(idle_[at].connection);
    idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return found;
}

void ConnectionPool::put(std::unique_ptr<Connection> connection, Clock::time_point until) {
  const auto same = [&key = connection->key](const Idle& idle) {
    return idle.connection->key == key;
  };
  const auto of_key = std::count_if(idle_.begin(), idle_.end(), same);
  if (static_cast<std::size_t>(of_key) >= kMaxOfKey) {
    idle_.erase(std::find_if(idle_.begin(), idle_.end(), same));
  } else if (idle_.size() >= kMaxOfAll) {
    idle_.erase(idle_.begin());
  }
  idle_.push_back({std::move(connection), until});
}

}  // namespace millrace::client
