// The sites whose pages may call this API from a browser (Fetch standard, CORS protocol).
#pragma once

#include <millrace/request.hpp>
#include <millrace/response.hpp>

#include <string>

/// Adds the CORS fields if the site is allowed.
inline millrace::Response with_cors(const millrace::Request& request, millrace::Response response) {
  const auto origin = request.headers().get("origin");
  response.append_header("vary", "Origin");
  if (origin != "https://app.example.com") return response;
  response.header("access-control-allow-origin", *origin);
  response.header("access-control-allow-credentials", "true");
  return response;
}
