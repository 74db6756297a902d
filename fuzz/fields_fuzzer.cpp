// Field sections as a worker may send them: what is accepted must be writable without harm.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/fields.hpp"
#include "http/response_writer.hpp"

namespace http = millrace::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view section(reinterpret_cast<const char*>(data), size);
  std::size_t walked = 0;
  for (const http::Field& field : http::FieldsView(section)) walked += field.value.size();
  if (walked > size) std::abort();
  if (!http::validate_fields(section)) return 0;
  std::string output;
  http::write_response_head(output, {.status = 200, .reason = {}, .fields = section}, {},
                            std::nullopt, "date", 75);
  // A head that ends before its end would let a handler write the next response.
  if (output.find("\r\n\r\n") != output.size() - 4) std::abort();
  return 0;
}
