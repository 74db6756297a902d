// JSON for routes: Boost.JSON's values, and structs that Boost.Describe describes, in both
// directions.
#pragma once

#include <boost/describe.hpp>
#include <boost/json.hpp>

namespace millrace {

namespace json = boost::json;

}  // namespace millrace
