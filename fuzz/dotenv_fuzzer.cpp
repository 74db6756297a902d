// Env files: parsing and expanding end, whatever the file says, and expansion fails only by naming
// the variable.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "project/dotenv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto entries = millrace::project::parse_dotenv(text);
  for (const auto& entry : entries) {
    if (entry.name.empty()) std::abort();
  }
  millrace::project::Variables environment = {{"HOME", "/home/u"}, {"EMPTY", ""}, {"D", "$$a\\$b"}};
  const auto expanded = expand_dotenv(entries, environment);
  if (!expanded && expanded.error().message().empty()) std::abort();
  return 0;
}
