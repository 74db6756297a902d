#include "http/transfer_codings.hpp"

#include <cstddef>

#include "base/ascii.hpp"

namespace millrace::http {

std::optional<ParseFailure> validate_transfer_codings(std::string_view codings) {
  constexpr ParseFailure kInvalid{400, "Bad Request: invalid Transfer-Encoding"};
  bool others = false;
  for (;;) {
    const std::size_t comma = codings.find(',');
    const std::string_view coding = base::trim(codings.substr(0, comma));
    const bool is_chunked = base::equals_ignoring_case(coding, "chunked");
    const bool is_last = comma == std::string_view::npos;
    if (coding.empty() || is_chunked != is_last) return kInvalid;
    if (is_last) break;
    others = true;
    codings.remove_prefix(comma + 1);
  }
  if (!others) return std::nullopt;
  return ParseFailure{501, "Not Implemented: a Transfer-Encoding other than chunked"};
}

}  // namespace millrace::http
