#include "serving/server_logs.hpp"

#include <string_view>

namespace millrace::serving {

namespace {

std::string absolute(const std::string& path, const std::filesystem::path& root) {
  return path.empty() ? path : (root / path).lexically_normal().string();
}

observe::AccessFormat access_format(std::string_view name) {
  if (name == "common") return observe::AccessFormat::common;
  return name == "json" ? observe::AccessFormat::json : observe::AccessFormat::off;
}

}  // namespace

LogPlan plan_logs(const project::LogKeys& keys, const LogOverrides& overrides,
                  const std::filesystem::path& root) {
  const std::string& format = overrides.format.empty() ? keys.format : overrides.format;
  const std::string& access = overrides.access.empty() ? keys.access : overrides.access;
  LogPlan plan;
  plan.settings = {.format = format == "json" ? observe::LogFormat::json : observe::LogFormat::text,
                   .access = access_format(access),
                   .file = absolute(keys.file, root),
                   .access_file = absolute(keys.access_file, root),
                   .mask = keys.mask};
  plan.request_ids = keys.request_ids == "on" ||
                     (keys.request_ids == "auto" && (format == "json" || access != "off"));
  plan.silence = std::chrono::seconds(keys.silence);
  return plan;
}

base::Result<void> ServerLogs::apply(const LogPlan& plan, gateway::Server& server) {
  // The access log first: where it fails, messages stay where they were.
  if (auto opened = access_.configure(plan.settings); !opened) return opened;
  if (auto opened = log_.configure(plan.settings); !opened) return opened;
  server.identify_requests(plan.request_ids);
  server.set_silence(plan.silence);
  return {};
}

void ServerLogs::reopen() {
  for (const auto& opened : {log_.reopen(), access_.reopen()}) {
    if (!opened) log_.log(observe::Level::error, opened.error().message());
  }
}

}  // namespace millrace::serving
