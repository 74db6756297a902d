// Reads an entry of the manifest's `routes`.
#pragma once

#include "project/json_reader.hpp"
#include "project/route.hpp"

namespace millrace::project {

/// Complains to the reader of what is missing or wrong.
[[nodiscard]] Route read_route(JsonReader& reader);

/// Reads "engine": whether the project's own `next build` compiled what the reader stands at.
[[nodiscard]] bool read_of_next(JsonReader& reader);

}  // namespace millrace::project
