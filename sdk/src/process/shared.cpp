#include "millrace/shared.hpp"

#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace millrace::detail {

namespace {

/// One value. Its mutex is locked while the value is created, so that other callers wait for this
/// value only.
struct Entry {
  std::mutex mutex;
  std::shared_ptr<void> value;
  std::string type;
  std::size_t size = 0;
};

struct Values {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<Entry>, std::less<>> entries;
  /// In the order of creation.
  std::vector<std::shared_ptr<void>> made;
};

Values& values() {
  // Never destroyed: threads that a route started can still use it while the process exits.
  static Values* const kept = new Values;
  return *kept;
}

}  // namespace

std::shared_ptr<void> shared_value(std::string_view name, const std::type_info& type,
                                   std::size_t size,
                                   const std::function<std::shared_ptr<void>()>& make) {
  Values& all = values();
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(all.mutex);
    auto& place = all.entries[std::string(name)];
    if (!place) place = std::make_shared<Entry>();
    entry = place;
  }
  const std::lock_guard lock(entry->mutex);
  if (entry->value) {
    // Compares names, because each object of a route has a type_info of its own.
    if (entry->type == type.name() && entry->size == size) return entry->value;
    throw std::logic_error("shared value \"" + std::string(name) + "\" was created as " +
                           entry->type + " and requested as " + type.name() +
                           "; use another name for one of them, also after a change of the type");
  }
  entry->value = make();
  entry->type = type.name();
  entry->size = size;
  const std::lock_guard order(all.mutex);
  all.made.push_back(entry->value);
  return entry->value;
}

void clear_shared_values() {
  Values& all = values();
  std::vector<std::shared_ptr<void>> made;
  {
    const std::lock_guard lock(all.mutex);
    all.entries.clear();
    made.swap(all.made);
  }
  while (!made.empty()) made.pop_back();
}

}  // namespace millrace::detail
