// The answers of static GETs that a build has made, as the manifest lists them (docs/manifest.md).
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace millrace::project {

struct Prerendered {
  /// The route's number.
  std::uint32_t route = 0;
  /// The path's parameters as the link carries them, every value escaped as encodeURIComponent does.
  std::string parameters;
  std::uint16_t status = 200;
  /// Field lines, with those that say how long it may be kept (protocol/link.md).
  std::string fields;
  /// The file of the body, relative to the manifest's folder.
  std::string body;
};

/// Reads an array of them for `routes` routes. Error: invalid, naming the place and what was expected.
[[nodiscard]] base::Result<std::vector<Prerendered>> read_prerendered(
    const boost::json::value& value, std::size_t routes);

[[nodiscard]] boost::json::object prerendered_json(const Prerendered& answer);

}  // namespace millrace::project
