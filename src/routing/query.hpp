// What becomes of a query when Next.js redirects for a trailing slash: it is read into an object
// and written again, so escapes, order and repeated names come out canonical.
#pragma once

#include <string>
#include <string_view>

namespace millrace::routing {

/// Appends "?" and `query` (without its mark) as Next.js writes it again; nothing when it holds no
/// pair. Names keep their first order, repeated ones are gathered, whole numbers come first, as the
/// properties of a JavaScript object do.
void append_canonical_query(std::string& out, std::string_view query);

}  // namespace millrace::routing
