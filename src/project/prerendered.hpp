// The responses of static GETs that a build has made, as the manifest lists them
// (docs/manifest.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "project/json_reader.hpp"

namespace millrace::project {

struct Prerendered {
  /// The route's number.
  std::uint32_t route = 0;
  /// The path's parameters as sent on the link, each value encoded as by encodeURIComponent.
  std::string parameters;
  /// Which form of a page it is, as the gateway's page_variant() names it; empty for HTML, and for
  /// the response of a route.
  std::string variant = {};
  /// Of a page of the Pages Router in a project with locales, as next.config spells it.
  std::string locale = {};
  std::uint16_t status = 200;
  /// Field lines, including those that state how long the response can be kept (protocol/link.md).
  std::string fields;
  /// The file of the body, relative to the manifest's folder.
  std::string body;
};

/// Reads `prerendered` of a manifest that has `routes` routes. Errors are recorded in the reader.
[[nodiscard]] std::vector<Prerendered> read_prerendered(JsonReader& manifest, std::size_t routes);

}  // namespace millrace::project
