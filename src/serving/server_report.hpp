// What a server that runs says of itself: as JSON over its control socket, and as `millrace ps` shows
// it.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <iosfwd>

#include "serving/service.hpp"

namespace millrace::serving {

/// The server at this moment; see docs/operations.md.
[[nodiscard]] boost::json::object report_of(const Service& service, std::uint16_t port);

/// Prints a report, which may come from a server of another version: what is missing shows as "-".
void print_report(const boost::json::object& report, std::ostream& out);

}  // namespace millrace::serving
