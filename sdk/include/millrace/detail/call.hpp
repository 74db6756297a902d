// Call is what the host of routes does for one request while its handler runs: the other side of
// Request, Response's streams, after() and the log. Routes do not use it themselves.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "millrace/task.hpp"

namespace millrace {

enum class LogLevel : unsigned char { debug, info, warn, error };

namespace detail {

/// Made by the host, outlives the handler and all it has started for the request.
class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() = default;

  /// The loop of the thread that took the request.
  [[nodiscard]] virtual boost::asio::any_io_executor executor() = 0;
  /// The next bytes of the request's body; empty at its end. From the call's thread.
  [[nodiscard]] virtual Task<std::string> read_body() = 0;
  /// Sends bytes of the answer's body once the client takes them. False where it has gone. From the
  /// call's thread.
  [[nodiscard]] virtual Task<bool> write_body(std::string bytes) = 0;
  /// Runs `work` once the answer has been sent. From the call's thread.
  virtual void run_after(std::function<Task<void>()> work) = 0;
  /// A line for the server's log. Any thread.
  virtual void log(LogLevel level, std::string_view text) = 0;
  /// Stops when the client has gone or the time is up. Any thread.
  [[nodiscard]] virtual std::stop_token stop_token() const = 0;
};

}  // namespace detail
}  // namespace millrace
