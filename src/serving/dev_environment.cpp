#include "serving/dev_environment.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "serving/launch.hpp"

namespace millrace::serving {

DevEnvironment::Update DevEnvironment::update(const project::Environment& files,
                                              std::uint16_t port) {
  std::map<std::string, std::string> now = server_;
  now.try_emplace("NODE_ENV", "development");
  boost::json::object changes;
  for (const std::string& name : names_from_files_) changes[name] = nullptr;
  for (const auto& variable : files.variables) {
    if (variable.name == "PORT") continue;
    now[variable.name] = variable.value;
    names_from_files_.insert(variable.name);
    changes[variable.name] = variable.value;
  }
  now["PORT"] = std::to_string(port);
  return {.lines = environment_lines(now),
          .changes = changes.empty() ? std::string() : boost::json::serialize(changes)};
}

}  // namespace millrace::serving
