#include "project/prerendered.hpp"

#include "project/checked_text.hpp"

namespace millrace::project {

std::vector<Prerendered> read_prerendered(JsonReader& manifest, std::size_t routes) {
  std::vector<Prerendered> responses;
  manifest.each("prerendered", [&responses, routes](JsonReader& item) {
    if (routes == 0) return item.report("route", "the number of a route", "no routes");
    const auto last = static_cast<std::int64_t>(routes) - 1;
    responses.push_back(
        {.route = static_cast<std::uint32_t>(item.required_integer("route", 0, last)),
         .parameters = item.required_text("parameters"),
         .variant = item.text("variant", {}),
         .locale = item.text("locale", {}),
         .status = static_cast<std::uint16_t>(item.required_integer("status", 200, 599)),
         .fields = item.required_text("fields"),
         .body = required_file(item, "body", "a path below the manifest's folder")});
  });
  return responses;
}

}  // namespace millrace::project
