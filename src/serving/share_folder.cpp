#include "serving/share_folder.hpp"

#include <system_error>

namespace millrace::serving {

base::Result<std::filesystem::path> find_share_folder() {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path executable = fs::read_symlink("/proc/self/exe", failed);
  const fs::path beside = executable.parent_path() / "share" / "millrace";
  const fs::path above = executable.parent_path().parent_path() / "share" / "millrace";
  for (const fs::path& candidate : {beside, above}) {
    if (fs::exists(candidate / "runtime" / "worker.mjs", failed)) return candidate;
  }
  return base::Error(base::ErrorCode::not_found,
                     "Millrace's own runtime is missing: neither " + beside.string() + " nor " +
                         above.string() +
                         " holds runtime/worker.mjs. Build it with `cmake --build --preset "
                         "release`, or install with `cmake --install`.");
}

}  // namespace millrace::serving
