#include "project/memory_state.hpp"

#include <cstddef>
#include <utility>

#include "project/json_reader.hpp"

namespace millrace::project {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;

base::Result<std::vector<MemoryState>> read_memory_state(const json::value& value) {
  const json::array* const list = value.if_array();
  if (list == nullptr) {
    return Error(ErrorCode::invalid,
                 "memory_state: expected an array, found " + std::string(kind_name(value)));
  }
  std::vector<MemoryState> found;
  for (std::size_t at = 0; at < list->size(); ++at) {
    const std::string place = "memory_state[" + std::to_string(at) + "]";
    const json::object* const object = (*list)[at].if_object();
    if (object == nullptr) {
      return Error(ErrorCode::invalid,
                   place + ": expected an object, found " + std::string(kind_name((*list)[at])));
    }
    JsonReader reader(*object, place);
    MemoryState state;
    state.file = reader.required_text("file");
    state.name = reader.required_text("name");
    state.routes = reader.texts("routes", {});
    const json::value* const line = reader.find("line");
    if (line == nullptr || !line->is_int64() || line->get_int64() < 1) {
      reader.complain("line", "a number of a line", line == nullptr ? "none" : kind_name(*line));
    } else {
      state.line = line->get_int64();
    }
    if (reader.complaint()) return Error(ErrorCode::invalid, *reader.complaint());
    found.push_back(std::move(state));
  }
  return found;
}

json::array memory_state_json(const std::vector<MemoryState>& found) {
  json::array list;
  for (const MemoryState& state : found) {
    list.push_back(json::object{{"file", state.file},
                                {"line", state.line},
                                {"name", state.name},
                                {"routes", json::array(state.routes.begin(), state.routes.end())}});
  }
  return list;
}

}  // namespace millrace::project
