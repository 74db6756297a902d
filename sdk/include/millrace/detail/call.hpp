// Call is the host's interface to a handler for one request: Request, streamed responses, after()
// and the log use it. Routes do not use it directly.
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

/// Created by the host. Outlives the handler and everything that the handler has started for the
/// request.
class Call {
 public:
  Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  virtual ~Call() = default;

  /// The event loop of the thread that took the request.
  [[nodiscard]] virtual boost::asio::any_io_executor executor() = 0;
  /// The next bytes of the request's body; empty at its end. Only on the call's thread.
  [[nodiscard]] virtual Task<std::string> read_body() = 0;
  /// Sends bytes of the response body when the client is ready to receive them. Returns false where
  /// the client has disconnected. Only on the call's thread.
  [[nodiscard]] virtual Task<bool> write_body(std::string bytes) = 0;
  /// Runs `work` after the response has been sent. Only on the call's thread.
  virtual void run_after(std::function<Task<void>()> work) = 0;
  /// Writes a line to the server's log. Any thread.
  virtual void log(LogLevel level, std::string_view text) = 0;
  /// Stop is requested when the client disconnects or the deadline passes. Any thread.
  [[nodiscard]] virtual std::stop_token stop_token() const = 0;
};

}  // namespace detail
}  // namespace millrace
