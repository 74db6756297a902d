#include "routing/pattern_groups.hpp"

#include "routing/pattern_reader.hpp"

namespace millrace::routing {

PatternGroups groups_of(std::u16string_view source) {
  PatternGroups groups;
  PatternReader reader(source);
  bool in_class = false;
  while (!reader.at_end()) {
    const char16_t unit = reader.take();
    if (unit == u'\\' && !reader.at_end()) {
      reader.skip(1);
    } else if (in_class) {
      in_class = unit != u']';
    } else if (unit == u'[') {
      in_class = true;
    } else if (unit == u'(' && !reader.next_is(u"?")) {
      ++groups.count;
    } else if (unit == u'(' && reader.next_is(u"?<") && !reader.next_is(u"?<=") &&
               !reader.next_is(u"?<!")) {
      reader.skip(2);
      groups.names.emplace_back(reader.name(), ++groups.count);
    }
  }
  return groups;
}

}  // namespace millrace::routing
