#include "serving/inline_routes.hpp"

#include <dlfcn.h>

#include <utility>

namespace millrace::serving {

base::Result<workers::InlineFactory> inline_routes(const std::filesystem::path& share,
                                                   const std::vector<std::string>& environment) {
  const std::filesystem::path file = share / "native" / "libmillrace_inline.so";
  // Never unloaded: objects from the module may be called until the process ends. RTLD_GLOBAL, so
  // that the routes and their host share one copy of what both use.
  void* const module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
  using Make = workers::InlinePeer*(boost::asio::io_context*, std::function<void()>*,
                                    const std::vector<std::string>*);
  auto* const make = module == nullptr
                         ? nullptr
                         : reinterpret_cast<Make*>(::dlsym(module, "millrace_make_inline_worker"));
  if (make == nullptr) {
    return base::Error(base::ErrorCode::broken,
                       "routes cannot run inline: " + std::string(::dlerror()));
  }
  return workers::InlineFactory(
      [make, environment](boost::asio::io_context& context, std::function<void()> has_frames) {
        return std::unique_ptr<workers::InlinePeer>(make(&context, &has_frames, &environment));
      });
}

}  // namespace millrace::serving
