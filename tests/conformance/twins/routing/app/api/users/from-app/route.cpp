#include <seen.hpp>

millrace::Response GET(const millrace::Request& request, const millrace::Params& params) {
  return seen("api/users/from-app", request, params, false);
}
