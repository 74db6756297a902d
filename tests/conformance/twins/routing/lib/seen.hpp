// Builds the responses of this fixture's handlers: the route, and its parameters and query.
#pragma once

#include <millrace/route.hpp>

/// Serialises names and values in the form of `[...searchParams]`.
inline millrace::json::array pairs(const millrace::QueryParameters& query) {
  millrace::json::array list;
  for (const auto& [name, value] : query.entries()) {
    list.push_back(millrace::json::array{name, value});
  }
  return list;
}

/// Serialises the parameters in the form of `await context.params`.
inline millrace::json::object parameters(const millrace::Params& params) {
  millrace::json::object object;
  for (const auto& value : params.values()) {
    if (value.kind == millrace::SegmentKind::single) {
      object[value.name] = value.joined;
    } else {
      object[value.name] = millrace::json::array(value.segments.begin(), value.segments.end());
    }
  }
  return object;
}

inline millrace::Response seen(std::string_view route, const millrace::Request& request,
                               const millrace::Params& params, bool dynamic) {
  millrace::json::object answer = {{"route", route}};
  if (dynamic) answer["params"] = parameters(params);
  answer["path"] = request.url().pathname();
  answer["query"] = pairs(request.url().query());
  return millrace::Response::json(answer);
}
