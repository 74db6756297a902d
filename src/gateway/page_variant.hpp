// The variants of a cached page: its HTML, the RSC payload that Next.js's client fetches for a navigation,
// one payload for each segment that it prefetches, and the properties of a page of the Pages Router.
// A request's fields and path select the variant, as the page's own entry selects it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "project/route.hpp"

namespace millrace::gateway {

/// The properties of a page of the Pages Router, fetched at a path of their own.
inline constexpr std::string_view kDataVariant = "data";

/// Returns the variant that a GET is for: "" for HTML, "rsc", "data", or "segment:" and the segment's
/// path; nothing where only the page's entry can select it. `for_data`: the path is that of a page's
/// data.
[[nodiscard]] std::optional<std::string> page_variant(const project::Route& route,
                                                      std::string_view fields, bool for_data);

/// Returns the request fields with which a page's entry responds with the variant.
[[nodiscard]] std::string fields_of_variant(std::string_view variant);

/// Whether a variant of a partially prerendered page is the same for every request: its shell, and its
/// segments.
[[nodiscard]] bool is_of_shell(std::string_view variant);

/// Returns whether Next.js may treat a User-Agent as a crawler's. For a crawler it renders a page that
/// is not cached yet, instead of responding with the page's fallback.
[[nodiscard]] bool may_be_crawler(std::string_view fields);

}  // namespace millrace::gateway
