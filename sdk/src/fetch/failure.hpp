// Failure is the reason why a step of fetch() failed. It becomes the FetchError that the caller
// sees.
#pragma once

#include <boost/system/error_code.hpp>
#include <chrono>
#include <string>

#include "millrace/fetch.hpp"

namespace millrace::client {

using Clock = std::chrono::steady_clock;

struct Failure {
  FetchError::Reason reason = FetchError::Reason::network;
  /// The text after the URL and a colon: "cannot connect: Connection refused".
  std::string text;
  /// The connection was closed before the first byte of the response.
  bool before_response = false;
};

/// `step`: the text of the step that failed ("cannot connect").
[[nodiscard]] Failure failure_of(const std::string& step, boost::system::error_code error);

}  // namespace millrace::client
