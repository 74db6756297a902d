// A connection's bytes: read whole and byte by byte they must mean the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/fields.hpp"
#include "http/host.hpp"
#include "http/request_parser.hpp"

using millrace::http::RequestParser;
using Event = RequestParser::Event;

namespace {

std::string read_all(std::string_view input, std::size_t step) {
  RequestParser parser;
  std::string log;
  std::string buffered;
  for (std::size_t at = 0; at < input.size(); at += step) {
    buffered += input.substr(at, step);
    for (;;) {
      const RequestParser::Step taken = parser.parse(buffered);
      if (taken.consumed > buffered.size()) std::abort();
      if (taken.event == Event::failed) return log + 'F';
      if (taken.event == Event::body) log += taken.body;
      bool over = taken.event == Event::end;
      if (taken.event == Event::head) {
        const auto& head = parser.head();
        if (!millrace::http::validate_fields(head.fields)) std::abort();
        const auto host = millrace::http::find_field(head.fields, "host");
        if (host ? !millrace::http::is_valid_authority(*host) : head.version == 11) std::abort();
        if (!head.target.starts_with('/') && head.target != "*") std::abort();
        log.append("[").append(head.method).append(" ").append(head.target).append("]");
        over = !head.has_body;
      }
      if (over) {
        log += '.';
        parser.reset();
      }
      buffered.erase(0, taken.consumed);
      if (taken.event == Event::need_more) break;
    }
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string whole = read_all(input, size == 0 ? 1 : size);
  std::string bytewise = read_all(input, 1);
  // Only when a refusal is noticed may differ: bytewise the parser may still wait for a line's end.
  if (bytewise.ends_with('F') && !whole.ends_with('F')) std::abort();
  if (whole.ends_with('F')) whole.pop_back();
  if (bytewise.ends_with('F')) bytewise.pop_back();
  if (whole != bytewise) std::abort();
  return 0;
}
