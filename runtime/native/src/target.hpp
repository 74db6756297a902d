// The request target and fields as a handler sees them: without basePath, the query as Next.js hands
// it on, and without what the server and its workers tell each other in fields.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "link/frame.hpp"
#include "millrace/params.hpp"

namespace millrace::native {

/// Path and query: `basePath` is taken off the path; the query's names are grouped, and those that
/// name a segment of the route are left out, as in Next.js.
[[nodiscard]] std::string target_of(const link::InvokeView& invoke,
                                    std::span<const Segment> segments, std::string_view base_path);

/// The fields without the query that rewrites have made, which stands first where there is one.
[[nodiscard]] std::string_view without_internal_fields(std::string_view fields);

}  // namespace millrace::native
