// What a proxy.cpp returns beside an answer of its own: go on to the route, with other fields, or to
// another one. `Response proxy(const RequestHead& request)`, or of a Request, whose body is complete
// before it begins.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/request.hpp"
#include "millrace/response.hpp"

namespace millrace {

using FieldList = std::vector<std::pair<std::string, std::string>>;

/// Goes on to the route, as NextResponse.next() does. Fields and cookies that are set on it join the
/// route's answer.
[[nodiscard]] Response next();

/// The same; the route sees the request's fields with `changes`, whose names may be of any
/// case: an empty value takes a field away.
[[nodiscard]] Response next(const RequestHead& request, const FieldList& changes);

/// Answers with what another path or URL answers, as NextResponse.rewrite() does.
[[nodiscard]] Response rewrite(std::string_view location);

}  // namespace millrace
