// Parses JSON text. Some numbers that Boost.JSON parses are off by one bit, so numbers are parsed
// here.
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

#include "millrace/detail/json_text.hpp"
#include "text/percent.hpp"

namespace millrace::detail {

namespace {

using boost::json::string_view;
using Failure = boost::json::error_code;

constexpr std::size_t kWaitingRoom = 4096;

/// The handler of basic_parser. Collects the values on a stack.
struct Handler {
  // NOLINTBEGIN(readability-identifier-naming): basic_parser requires these names
  static constexpr std::size_t max_object_size = boost::json::object::max_size();
  static constexpr std::size_t max_array_size = boost::json::array::max_size();
  static constexpr std::size_t max_key_size = boost::json::string::max_size();
  static constexpr std::size_t max_string_size = boost::json::string::max_size();
  // NOLINTEND(readability-identifier-naming)

  explicit Handler(unsigned char* room, std::size_t size) : stack({}, room, size) {}

  boost::json::value_stack stack;

  static bool on_document_begin(Failure&) { return true; }
  static bool on_document_end(Failure&) { return true; }
  static bool on_object_begin(Failure&) { return true; }
  static bool on_array_begin(Failure&) { return true; }
  static bool on_number_part(string_view, Failure&) { return true; }
  static bool on_comment_part(string_view, Failure&) { return true; }
  static bool on_comment(string_view, Failure&) { return true; }

  bool on_object_end(std::size_t count, Failure&) { return stack.push_object(count), true; }
  bool on_array_end(std::size_t count, Failure&) { return stack.push_array(count), true; }
  bool on_key_part(string_view text, std::size_t, Failure&) { return stack.push_chars(text), true; }
  bool on_key(string_view text, std::size_t, Failure&) { return stack.push_key(text), true; }
  bool on_string_part(string_view text, std::size_t, Failure&) {
    return stack.push_chars(text), true;
  }
  bool on_string(string_view text, std::size_t, Failure&) { return stack.push_string(text), true; }
  bool on_int64(std::int64_t value, string_view, Failure&) { return stack.push_int64(value), true; }
  bool on_uint64(std::uint64_t value, string_view, Failure&) {
    return stack.push_uint64(value), true;
  }
  bool on_bool(bool value, Failure&) { return stack.push_bool(value), true; }
  bool on_null(Failure&) { return stack.push_null(), true; }

  /// `text` is the complete number, since the document is parsed in one piece.
  bool on_double(double nearly, string_view text, Failure&) {
    double exact = nearly;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), exact);
    stack.push_double(read.ec == std::errc() ? exact : nearly);
    return true;
  }
};

}  // namespace

JsonText parse_json(std::string_view text, boost::json::storage_ptr storage) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  // Values are kept here until their object or array is complete.
  unsigned char waiting[kWaitingRoom];
  boost::json::basic_parser<Handler> parser(options, waiting, sizeof waiting);
  parser.handler().stack.reset(std::move(storage));
  Failure failed;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), failed);
  if (!failed && used < text.size()) failed = boost::json::error::extra_data;
  if (failed) {
    return {std::nullopt, failed.message() + " at byte " + std::to_string(used + 1)};
  }
  return {parser.handler().stack.release(), {}};
}

JsonText parse_body_json(std::string_view text, boost::json::storage_ptr storage) {
  const std::string_view marked = without_byte_order_mark(text);
  JsonText read = parse_json(marked, storage);
  // A text that is not UTF-8 has failed to parse; only then is UTF-8 checked.
  if (!read.value && !is_utf8(marked)) {
    read = parse_json(repair_utf8(marked), std::move(storage));
  }
  return read;
}

}  // namespace millrace::detail
