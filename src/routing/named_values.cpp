#include "routing/named_values.hpp"

namespace millrace::routing {

const NamedValue* NamedValues::find(std::string_view name) const {
  for (const NamedValue& entry : entries_) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

void NamedValues::set(NamedValue value) {
  for (NamedValue& entry : entries_) {
    if (entry.name != value.name) continue;
    entry = std::move(value);
    return;
  }
  entries_.push_back(std::move(value));
}

void NamedValues::set(std::string_view name, std::string value) {
  NamedValue entry{.name = std::string(name), .values = {}, .list = false};
  entry.values.push_back(std::move(value));
  set(std::move(entry));
}

}  // namespace millrace::routing
