// NameLookup finds the addresses of host names. The system's resolver blocks and cannot be
// interrupted, so it runs on a few threads of its own: one name that takes long must not keep the
// others of a loop waiting, as the one thread that Asio has for a loop would.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "millrace/task.hpp"

namespace millrace::client {

/// What was found, or why nothing was.
struct Addresses {
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
  boost::system::error_code error;
};

/// Any thread.
class NameLookup {
 public:
  using Clock = std::chrono::steady_clock;
  /// Blocks. `port`: a number.
  using Resolve = std::function<Addresses(const std::string& name, const std::string& port)>;

  NameLookup(Resolve resolve, std::size_t threads);

  /// That of the process: the system's resolver on as many threads as Node.js has for it.
  [[nodiscard]] static NameLookup& of_system();

  /// Waits until `deadline` at the latest: then the error is boost::beast::error::timeout. Throws
  /// where the task is cancelled. The resolver goes on in either case.
  [[nodiscard]] Task<Addresses> find(std::string name, std::string port,
                                     Clock::time_point deadline);

 private:
  struct Search;

  Resolve resolve_;
  boost::asio::thread_pool threads_;
};

}  // namespace millrace::client
