#include <seen.hpp>

millrace::Response GET(const millrace::Request& request, const millrace::Params& params) {
  return seen("(a)/(b)/multi/[...rest]", request, params, true);
}
