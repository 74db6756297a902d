// Targets, as a client may send them. What is matched must look like a path, what is redirected to
// must stay on this server and be settled: following it never needs a second repair of slashes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "project/route.hpp"
#include "routing/matcher.hpp"
#include "routing/path.hpp"

namespace {

using millrace::project::Route;
using millrace::routing::Match;
using millrace::routing::Matcher;
using millrace::routing::PathResult;

void require(bool holds) {
  if (!holds) std::abort();
}

Matcher make_matcher() {
  std::vector<Route> routes;
  for (const std::string_view path :
       {"/", "/api/hello", "/api/users/[id]", "/api/[a]/b/[...c]", "/o/[[...rest]]", "/[...all]"}) {
    Route route;
    route.path = path;
    route.parameters = millrace::project::parameters_of(path);
    routes.push_back(route);
  }
  return Matcher(routes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Matcher matcher = make_matcher();
  if (size == 0) return 0;
  const std::string target(reinterpret_cast<const char*>(data + 1), size - 1);
  const millrace::routing::PathRules rules{.base_path = (data[0] & 1) != 0 ? "/api" : "",
                                           .trailing_slash = (data[0] & 2) != 0};
  std::string scratch;
  const PathResult result = normalise(target, rules, scratch);
  if (result.outcome == PathResult::Outcome::redirect) {
    require(result.location.starts_with('/') && !result.location.starts_with("//"));
    require(result.location.find_first_of("\r\n") == std::string_view::npos);
    require(result.location.substr(0, result.location.find('?')).find('\\') ==
            std::string_view::npos);
  }
  if (result.outcome != PathResult::Outcome::route) return 0;
  require(result.path.starts_with('/'));
  require(result.path.find("//") == std::string_view::npos);
  require(result.path.find_first_of("?# \\") == std::string_view::npos);
  Match match;
  if (!matcher.match(result.path, match) || match.malformed) return 0;
  require(match.route < 6);
  require(millrace::routing::decodes_as_utf8(match.parameters));
  return 0;
}
