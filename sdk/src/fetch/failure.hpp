// Failure is why a step of fetch() came to no answer, before it becomes the FetchError that the
// caller sees.
#pragma once

#include <boost/system/error_code.hpp>
#include <chrono>
#include <string>

#include "millrace/fetch.hpp"

namespace millrace::client {

using Clock = std::chrono::steady_clock;

struct Failure {
  FetchError::Reason reason = FetchError::Reason::network;
  /// After the URL and a colon: "cannot connect: Connection refused".
  std::string text;
  /// The connection was closed before a byte of the answer.
  bool before_answer = false;
};

/// `step`: what was tried ("cannot connect").
[[nodiscard]] Failure failure_of(const std::string& step, boost::system::error_code error);

}  // namespace millrace::client
