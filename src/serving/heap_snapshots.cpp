#include "serving/heap_snapshots.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <system_error>

namespace millrace::serving {

base::Result<SnapshotResponse> take_heap_snapshot(const Service& service,
                                                  const std::filesystem::path& root, pid_t worker) {
  const std::filesystem::path folder = root / ".millrace" / "snapshots";
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const std::string name = fmt::format(
      "{}-{}.heapsnapshot", worker, std::chrono::duration_cast<std::chrono::seconds>(now).count());
  const std::string path = (folder / name).string();
  Fleet* const fleet = service.fleet();
  if (fleet == nullptr || !fleet->write_snapshot(worker, path)) {
    return base::Error(base::ErrorCode::not_found, "no worker has this process id");
  }
  return SnapshotResponse{.path = path};
}

}  // namespace millrace::serving
