#include "dev/inspection.hpp"

#include <utility>

namespace millrace::dev {

namespace {

std::optional<InspectedFile> read_file(project::JsonReader& reply, std::string_view name,
                                       std::string_view kind) {
  std::optional<InspectedFile> file;
  reply.inside(name, [&](project::JsonReader& inner) {
    file = {.file = inner.required_text("file"), .kind = inner.required_text(kind)};
  });
  return file;
}

}  // namespace

void read_inspection(project::JsonReader& reply, Inspection& inspection) {
  inspection.next_version = reply.required_text("next_version");
  inspection.next_missing = reply.required_text("next_missing");
  inspection.failures = reply.required_texts("failures");
  inspection.custom_server = reply.required_text("custom_server");
  reply.each("routes", [&inspection](project::JsonReader& item) {
    inspection.engines.push_back(
        {.engine = item.required_text("engine"), .reason = item.required_text("reason")});
  });
  if (inspection.engines.size() != inspection.routes.size()) {
    reply.report("routes", "one for each route", "a different number");
  }
  reply.each("replaced", [&inspection](project::JsonReader& item) {
    inspection.replaced.push_back(
        {.option = item.required_text("option"), .text = item.required_text("text")});
  });
  inspection.memory_state = project::read_memory_state(reply);
  inspection.middleware = read_file(reply, "middleware", "runtime");
  inspection.instrumentation = read_file(reply, "instrumentation", "engine");
}

}  // namespace millrace::dev
