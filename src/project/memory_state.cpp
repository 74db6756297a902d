#include "project/memory_state.hpp"

#include <limits>

namespace millrace::project {

std::vector<MemoryState> read_memory_state(JsonReader& manifest) {
  std::vector<MemoryState> found;
  manifest.each("memory_state", [&found](JsonReader& item) {
    found.push_back(
        {.file = item.required_text("file"),
         .line = item.required_integer("line", 1, std::numeric_limits<std::int64_t>::max()),
         .name = item.required_text("name"),
         .routes = item.required_texts("routes")});
  });
  return found;
}

}  // namespace millrace::project
