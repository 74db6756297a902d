// Task is what a handler returns that waits without holding its thread: a coroutine on the loop of
// the thread that took the request. `co_await` works on everything Asio offers.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace millrace {

/// A lazily started coroutine. It runs on one thread from its first line to its last, so what it
/// holds needs no lock; what it shares with other requests does. An exception that leaves a
/// handler's task becomes a 500 answer.
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace millrace
