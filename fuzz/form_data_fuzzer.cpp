// Bodies of forms, as a client may send them: what is accepted must lie where it is kept, in fields
// of valid text and no more of them than allowed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "millrace/form_data.hpp"

namespace {

constexpr std::size_t kMaxEntries = 20;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // The first line is the content type.
  const std::size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::optional<millrace::FormData> form = millrace::parse_form_data(
      input.substr(0, line), std::string(input.substr(line + 1)), kMaxEntries);
  if (!form) return 0;
  require(form->entries().size() <= kMaxEntries);
  std::size_t bytes = 0;
  for (const millrace::FormEntry& entry : form->entries()) {
    // Reads every byte.
    for (const char letter : entry.value) bytes += letter == 'x' ? 1 : 0;
    require(form->has(entry.name));
    require(entry.is_file() || entry.type.empty());
    require(entry.is_file() ? form->file(entry.name).has_value()
                            : form->get(entry.name).has_value());
  }
  require(bytes <= size);
  return 0;
}
