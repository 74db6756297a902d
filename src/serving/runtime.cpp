#include "serving/runtime.hpp"

#include <utility>

#include "serving/node_program.hpp"
#include "serving/share_folder.hpp"

namespace millrace::serving {

base::Result<Runtime> find_runtime(std::filesystem::path root, const std::filesystem::path& node,
                                   std::map<std::string, std::string> environment) {
  auto share = find_share_folder();
  if (!share) return share.error();
  Runtime runtime{.root = std::move(root),
                  .share = std::move(share).value(),
                  .node = {},
                  .environment = std::move(environment)};
  if (node.empty()) {
    runtime.node = runtime.share / "node" / "bin" / "node";
    return runtime;
  }
  if (const auto usable = check_node(node); !usable) return usable.error();
  runtime.node = std::filesystem::absolute(node);
  return runtime;
}

base::Result<std::shared_ptr<workers::Inspector>> take_inspector(
    Runtime& runtime, std::optional<workers::InspectorAddress> requested) {
  const auto options = runtime.environment.find("NODE_OPTIONS");
  if (options != runtime.environment.end()) {
    auto address = workers::take_inspector(options->second);
    if (!address) return address.error();
    if (!requested) requested = std::move(*address);
  }
  std::shared_ptr<workers::Inspector> inspector;
  if (requested) inspector = std::make_shared<workers::Inspector>(std::move(*requested));
  return inspector;
}

}  // namespace millrace::serving
