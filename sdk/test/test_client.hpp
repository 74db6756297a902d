// Shared by the tests of fetch(): a loop to run it on, and its exceptions as values.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "millrace/fetch.hpp"

namespace millrace::test {

/// A loop that keeps its connections between requests.
class TestClient {
 public:
  /// Runs the task to completion. Throws its exception.
  FetchResponse run(Task<FetchResponse> task) {
    std::exception_ptr error;
    FetchResponse response;
    auto finish = [&](std::exception_ptr thrown, FetchResponse answer) {
      error = std::move(thrown);
      response = std::move(answer);
    };
    boost::asio::co_spawn(loop_, std::move(task), finish);
    loop_.restart();
    loop_.run();
    if (error) std::rethrow_exception(error);
    return response;
  }

  FetchResponse fetch(std::string url, FetchOptions options = {}) {
    return run(millrace::fetch(std::move(url), std::move(options)));
  }

  /// The exception; none where there is a response.
  std::optional<FetchError> failure(std::string url, FetchOptions options = {}) {
    try {
      (void)fetch(std::move(url), std::move(options));
    } catch (const FetchError& error) {
      return error;
    }
    return std::nullopt;
  }

  boost::asio::io_context& loop() { return loop_; }

 private:
  boost::asio::io_context loop_{1};
};

}  // namespace millrace::test
