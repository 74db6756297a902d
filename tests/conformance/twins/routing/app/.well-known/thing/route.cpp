#include <seen.hpp>

millrace::Response GET(const millrace::Request& request, const millrace::Params& params) {
  return seen(".well-known/thing", request, params, false);
}
