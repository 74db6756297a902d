// Reads an entry of the manifest's `routes`.
#pragma once

#include "project/json_reader.hpp"
#include "project/route.hpp"

namespace millrace::project {

/// Errors are recorded in the reader.
[[nodiscard]] Route read_route(JsonReader& reader);

/// Reads "engine": whether the project's own `next build` compiled the reader's object.
[[nodiscard]] bool read_of_next(JsonReader& reader);

}  // namespace millrace::project
