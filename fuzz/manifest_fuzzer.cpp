// Manifests: what is read names no file outside its folder and no route that it does not have; the
// rest is refused with the file's name.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "project/manifest.hpp"

namespace {

bool is_below(const std::filesystem::path& file) {
  const std::string path = file.lexically_normal().generic_string();
  return file.is_relative() && path != ".." && !path.starts_with("../");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto manifest = millrace::project::parse_manifest(text, "m.json");
  if (!manifest) {
    if (!manifest.error().message().starts_with("m.json: ")) std::abort();
    return 0;
  }
  for (const auto& route : manifest->routes) {
    if (!route.path.starts_with('/') || !is_below(route.module)) std::abort();
    if (route.parameters != millrace::project::parameters_of(route.path)) std::abort();
  }
  for (const auto& answer : manifest->prerendered) {
    if (answer.route >= manifest->routes.size() || !is_below(answer.body)) std::abort();
  }
  if (manifest->middleware && !is_below(manifest->middleware->module)) std::abort();
  if (manifest->config.page_extensions.empty()) std::abort();
  return 0;
}
