// NameLookup resolves host names. The system's resolver blocks and cannot be interrupted, so it
// runs on a few threads of its own: a slow name must not delay the others of a loop, as it would on
// the one thread that Asio has for this.
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

/// The addresses found, or the error.
struct Addresses {
  std::vector<boost::asio::ip::tcp::endpoint> endpoints;
  boost::system::error_code error;
};

/// Any thread.
class NameLookup {
 public:
  using Clock = std::chrono::steady_clock;
  /// Blocking. `port`: a number.
  using Resolve = std::function<Addresses(const std::string& name, const std::string& port)>;

  NameLookup(Resolve resolve, std::size_t threads);

  /// The instance of the process: the system's resolver on as many threads as Node.js uses for it.
  [[nodiscard]] static NameLookup& of_system();

  /// Waits until `deadline` at the latest; then the error is boost::beast::error::timeout. Throws
  /// where the task is cancelled. The resolver continues in either case.
  [[nodiscard]] Task<Addresses> find(std::string name, std::string port,
                                     Clock::time_point deadline);

 private:
  struct Search;

  Resolve resolve_;
  boost::asio::thread_pool threads_;
};

}  // namespace millrace::client
