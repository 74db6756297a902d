#include "workers/process_limits.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace millrace::workers {

namespace {

void lower(__rlimit_resource resource, std::uint64_t to) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return;
  limit.rlim_max = std::min<rlim_t>(to, limit.rlim_max);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(resource, &limit);
}

}  // namespace

void apply(const ProcessLimits& limits) {
  lower(RLIMIT_CORE, 0);
  if (limits.processes > 0) lower(RLIMIT_NPROC, limits.processes);
  if (limits.open_files > 0) lower(RLIMIT_NOFILE, limits.open_files);
}

}  // namespace millrace::workers
