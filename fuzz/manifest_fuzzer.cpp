// Manifests: what is read can be written and read again, and comes out the same; the rest is
// refused with the file's name.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "project/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto manifest = millrace::project::parse_manifest(text, "m.json");
  if (!manifest) {
    if (!manifest.error().message().starts_with("m.json: ")) std::abort();
    return 0;
  }
  const std::string written = write_manifest(*manifest);
  const auto again = millrace::project::parse_manifest(written, "m.json");
  if (!again || write_manifest(*again) != written) std::abort();
  return 0;
}
