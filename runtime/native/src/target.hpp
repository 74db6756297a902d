// The request target and fields as a handler sees them: without basePath, path and query as Next.js
// hands them on, and without what the server and its workers tell each other in fields.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "link/frame.hpp"
#include "millrace/params.hpp"

namespace millrace::native {

/// Path and query. `basePath` is taken off the path, which is written as the URL standard writes
/// paths; the query is decoded, grouped by name and encoded again. For handlers of pages/api
/// `segments` are the route's: names in the query that are theirs are left out, and what rewrites
/// have made of the query counts; else they are empty.
[[nodiscard]] std::string target_of(const link::InvokeView& invoke,
                                    std::span<const Segment> segments, std::string_view base_path,
                                    bool rewritten);

/// The fields without the query that rewrites have made, which stands first where there is one.
[[nodiscard]] std::string_view without_internal_fields(std::string_view fields);

}  // namespace millrace::native
