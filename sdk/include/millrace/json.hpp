// JSON for routes: Boost.JSON's values, and structs that Boost.Describe describes, in both
// directions.
#pragma once

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <string>

namespace millrace {

namespace json = boost::json;

/// Appends `value` as JSON.stringify writes it.
template <class T>
void append_json(std::string& out, const T& value) {
  out += json::serialize(json::value_from(value));
}

}  // namespace millrace
