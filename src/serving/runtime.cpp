#include "serving/runtime.hpp"

#include <system_error>
#include <utility>

#include "serving/node_program.hpp"
#include "serving/share_folder.hpp"

namespace millrace::serving {

namespace {

namespace fs = std::filesystem;

/// Returns the Node.js that the user names, else that of MILLRACE_NODE, else Millrace's own.
base::Result<fs::path> node_for(const fs::path& named, const Runtime& runtime) {
  const auto variable = runtime.environment.find("MILLRACE_NODE");
  const bool in_environment = variable != runtime.environment.end() && !variable->second.empty();
  if (named.empty() && !in_environment) {
    fs::path own = runtime.share / "node" / "bin" / "node";
    std::error_code failed;
    if (fs::exists(own, failed)) return own;
    return base::Error(base::ErrorCode::not_found,
                       "this installation of Millrace has no Node.js of its own (" + own.string() +
                           "). Name one with --node or in the variable MILLRACE_NODE; the command "
                           "of the npm package does this.");
  }
  const fs::path program = named.empty() ? fs::path(variable->second) : named;
  const auto usable = check_node(program, named.empty() ? "MILLRACE_NODE" : "--node");
  if (!usable) return usable.error();
  return fs::absolute(program);
}

}  // namespace

base::Result<Runtime> find_runtime(fs::path root, const fs::path& node,
                                   std::map<std::string, std::string> environment) {
  auto share = find_share_folder();
  if (!share) return share.error();
  Runtime runtime{.root = std::move(root),
                  .share = std::move(share).value(),
                  .node = {},
                  .environment = std::move(environment)};
  auto program = node_for(node, runtime);
  if (!program) return program.error();
  runtime.node = std::move(program).value();
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
