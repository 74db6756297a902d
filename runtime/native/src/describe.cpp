#include "describe.hpp"

#include <boost/json.hpp>
#include <iostream>

#include "route_object.hpp"

namespace millrace::native {

namespace json = boost::json;

namespace {

json::object described(const RouteObject& object) {
  json::array methods;
  for (const detail::MethodEntry& entry : object.methods()) methods.emplace_back(entry.method);
  const RouteOptions options = object.options();
  json::object said;
  if (options.max_duration.count() > 0) said["maxDuration"] = options.max_duration.count();
  json::object answer = {{"methods", std::move(methods)}, {"options", std::move(said)}};
  if (!options.matcher.empty()) {
    answer["matcher"] = json::array(options.matcher.begin(), options.matcher.end());
  }
  return answer;
}

}  // namespace

int describe(const std::filesystem::path& file) {
  const auto object = RouteObject::open(file);
  const json::object answer =
      object ? described(*object) : json::object{{"error", object.error().message()}};
  std::cout << json::serialize(answer) << '\n';
  return object ? 0 : 1;
}

}  // namespace millrace::native
