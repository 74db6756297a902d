#include "base/error.hpp"

#include <system_error>

namespace millrace::base {

Error Error::from_errno(std::string what, int errno_value) {
  what += ": ";
  what += std::generic_category().message(errno_value);
  return {errno_value == ENOENT ? ErrorCode::not_found : ErrorCode::system, std::move(what)};
}

}  // namespace millrace::base
