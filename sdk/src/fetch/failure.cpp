#include "fetch/failure.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>

namespace millrace::client {

Failure failure_of(const std::string& step, boost::system::error_code error) {
  Failure failure;
  if (error == boost::beast::error::timeout) {
    failure.reason = FetchError::Reason::timeout;
    failure.text = step;
  } else if (error == boost::asio::error::operation_aborted) {
    failure.reason = FetchError::Reason::cancelled;
    failure.text = "cancelled";
  } else {
    failure.text = step + ": " + error.message();
  }
  return failure;
}

}  // namespace millrace::client
