// Numeric IDs in paths.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>

#include "lib/errors.hpp"

/// Throws NotFound if the text is not a number, because no such path exists.
inline std::int64_t id_of(const std::string& text) {
  std::int64_t id = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (failed != std::errc() || end != text.data() + text.size()) {
    throw NotFound("there is nothing called \"" + text + "\"");
  }
  return id;
}
