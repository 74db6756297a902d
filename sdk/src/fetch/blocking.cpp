#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <utility>

#include "millrace/fetch.hpp"

namespace millrace {

FetchResponse fetch_blocking(std::string url, FetchOptions options) {
  // One loop per thread, so that connections are reused.
  thread_local boost::asio::io_context loop(1);
  std::exception_ptr error;
  FetchResponse response;
  bool done = false;
  auto finish = [&](std::exception_ptr thrown, FetchResponse received) {
    done = true;
    error = std::move(thrown);
    response = std::move(received);
  };
  boost::asio::co_spawn(loop, fetch(std::move(url), std::move(options)), finish);
  loop.restart();
  while (!done) loop.run_one();
  if (error) std::rethrow_exception(error);
  return response;
}

}  // namespace millrace
