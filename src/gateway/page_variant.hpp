// The forms of a kept page: its HTML, the RSC payload that Next.js's client fetches for a navigation,
// one payload for each segment that it prefetches, and the properties of a page of the Pages Router.
// A request's fields and path say which form it is for, as they do to the page's own entry.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "project/route.hpp"

namespace millrace::gateway {

/// The properties of a page of the Pages Router, fetched at a path of their own.
inline constexpr std::string_view kDataVariant = "data";

/// The variant that a GET is for: "" for HTML, "rsc", "data", or "segment:" and the segment's path.
/// Nothing where only the page's entry can tell. `for_data`: the path is that of a page's data.
[[nodiscard]] std::optional<std::string> page_variant(const project::Route& route,
                                                      std::string_view fields, bool for_data);

/// The field lines that make a page's entry answer with the variant.
[[nodiscard]] std::string fields_of_variant(std::string_view variant);

/// Whether a variant of a partially prerendered page is the same for every request: its shell, and its
/// segments.
[[nodiscard]] bool is_of_shell(std::string_view variant);

/// Whether Next.js may take a User-Agent for that of a crawler. It renders such requests a page that
/// is not there yet instead of answering with the page's fallback.
[[nodiscard]] bool may_be_crawler(std::string_view fields);

}  // namespace millrace::gateway
