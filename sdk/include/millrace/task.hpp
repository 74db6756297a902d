// Task is the return type of a handler that waits without blocking its thread: a coroutine on the
// event loop of the thread that took the request. `co_await` works with all asynchronous operations
// of Asio.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace millrace {

/// A lazily started coroutine. All of it runs on one thread, so its own state needs no lock; state
/// that it shares with other requests does. An exception that leaves a handler's task results in a
/// 500 response.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace millrace
