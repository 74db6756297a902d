#include <seen.hpp>

millrace::Response GET(const millrace::Request& request, const millrace::Params& params) {
  return seen("api/mixed2", request, params, false);
}
