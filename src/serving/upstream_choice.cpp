#include "serving/upstream_choice.hpp"

#include <utility>

#include "project/origin.hpp"

namespace millrace::serving {

base::Result<std::optional<gateway::UpstreamTarget>> choose_upstream(
    const project::Settings& settings, const std::string& option) {
  const std::string& url = option.empty() ? settings.upstream.url : option;
  if (url.empty()) return std::optional<gateway::UpstreamTarget>();
  auto target = gateway::parse_upstream_url(url);
  if (!target || !project::is_origin(url)) {
    return base::Error(base::ErrorCode::invalid,
                       (option.empty() ? "millrace.toml: [upstream] url" : "--upstream") +
                           std::string(": expected the URL of a server, without a path "
                                       "(\"http://127.0.0.1:3001\"), found ") +
                           url);
  }
  target->path.clear();
  return std::optional(std::move(target).value());
}

}  // namespace millrace::serving
