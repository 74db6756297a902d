#include <seen.hpp>

millrace::Response GET(const millrace::Request& request, const millrace::Params& params) {
  return seen("%5Funderscore", request, params, false);
}
