#include <seen.hpp>

millrace::Response GET(const millrace::Request& request, const millrace::Params& params) {
  return seen("(other)/g2/[id]", request, params, true);
}
