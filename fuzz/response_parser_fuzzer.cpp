// What another server answers: read whole and byte by byte it must mean the same, and its fields
// must be ones that can be sent on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/fields.hpp"
#include "http/response_parser.hpp"

using millrace::http::ResponseParser;
using Event = ResponseParser::Event;

namespace {

std::string read_all(std::string_view input, std::size_t step) {
  ResponseParser parser;
  std::string log;
  std::string buffered;
  for (std::size_t at = 0; at < input.size(); at += step) {
    buffered += input.substr(at, step);
    for (;;) {
      const auto taken = parser.parse(buffered);
      if (taken.consumed > buffered.size()) std::abort();
      if (taken.event == Event::failed) return log + 'F';
      if (taken.event == Event::body) log += taken.body;
      if (taken.event == Event::head) {
        const auto& head = parser.head();
        if (!millrace::http::validate_fields(head.fields)) return log + 'V';
        log.append("[").append(std::to_string(head.status)).append("]");
        if (head.status < 200) {
          parser.reset(false);
        } else if (!head.has_body) {
          return log + '.';
        }
      }
      if (taken.event == Event::end) return log + '.';
      buffered.erase(0, taken.consumed);
      if (taken.event == Event::need_more) break;
    }
  }
  return log + (parser.finish() == Event::end ? 'E' : 'O');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the fuzzer's own interface
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty()) return 0;
  // Where it fails, it may have come further in small steps.
  const std::string whole = read_all(input, input.size());
  const std::string split = read_all(input, 1);
  if (whole.back() != 'F' && split.back() != 'F' && whole != split) std::abort();
  return 0;
}
