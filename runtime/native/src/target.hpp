// Computes the request target and fields that a handler sees: without basePath, path and query
// normalized as in Next.js, and without the fields that the server and its workers use internally.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "link/frame.hpp"
#include "millrace/params.hpp"

namespace millrace::native {

/// Returns path and query. The path is without `base_path` and normalized as in the URL standard;
/// the query is decoded, grouped by name and encoded again. For handlers of pages/api, `segments`
/// are the route's: parameters of these names are omitted from the query, and with `rewritten` the
/// query after rewrites applies. Otherwise `segments` is empty.
[[nodiscard]] std::string target_of(const link::InvokeView& invoke,
                                    std::span<const Segment> segments, std::string_view base_path,
                                    bool rewritten);

/// Returns the fields without the field for the query after rewrites, which comes first if present.
[[nodiscard]] std::string_view without_internal_fields(std::string_view fields);

}  // namespace millrace::native
