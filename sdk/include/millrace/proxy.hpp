// What a proxy.cpp, the middleware in C++, returns beside a response of its own: continue to the
// route, with other request fields, or rewrite to another path. `Response proxy(const RequestHead&
// request)`, or with a Request, whose body is complete before the call.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/request.hpp"
#include "millrace/response.hpp"

namespace millrace {

using FieldList = std::vector<std::pair<std::string, std::string>>;

/// Continues to the route, as NextResponse.next() does. Fields and cookies that are set on it are
/// added to the route's response.
[[nodiscard]] Response next();

/// Continues to the route with changed request fields. The names in `changes` can be in any case;
/// an empty value removes the field.
[[nodiscard]] Response next(const RequestHead& request, const FieldList& changes);

/// Responds with what another path or URL responds, as NextResponse.rewrite() does.
[[nodiscard]] Response rewrite(std::string_view location);

}  // namespace millrace
