#include "http/response_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>
#include <string>

#include "base/ascii.hpp"
#include "http/beast_text.hpp"
#include "http/limits.hpp"

namespace millrace::http {

namespace beast = boost::beast;
using beast::http::error;
using ErrorCode = boost::system::error_code;

namespace {

/// The callbacks of Beast's parser. One for each response.
class ResponseSink final : public beast::http::basic_parser<false> {
 public:
  explicit ResponseSink(bool head_request) {
    header_limit(kMaxHeadBytes);
    body_limit(boost::none);
    eager(false);
    skip(head_request);
  }

  std::uint16_t status = 0;
  std::string reason;
  std::string fields;
  bool refused = false;
  std::string_view body;
  std::uint64_t chunk_rest = 0;

 private:
  void on_request_impl(beast::http::verb /*verb*/, beast::string_view /*method*/,
                       beast::string_view /*target*/, int /*version*/, ErrorCode& /*ec*/) override {
  }

  void on_response_impl(int code, beast::string_view phrase, int /*version*/,
                        ErrorCode& /*ec*/) override {
    status = static_cast<std::uint16_t>(code);
    reason = view(phrase);
  }

  void on_field_impl(beast::http::field known, beast::string_view name, beast::string_view value,
                     ErrorCode& /*ec*/) override {
    if (head_complete_) return;
    fields.append(view(name)).append(": ").append(view(value)).append("\r\n");
    const bool coded = known == beast::http::field::transfer_encoding;
    if (coded && !base::equals_ignoring_case(view(value), "chunked")) refused = true;
  }

  void on_header_impl(ErrorCode& /*ec*/) override { head_complete_ = true; }

  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         ErrorCode& /*ec*/) override {}

  std::size_t on_body_impl(beast::string_view bytes, ErrorCode& /*ec*/) override {
    body = view(bytes);
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t size, beast::string_view /*extensions*/,
                            ErrorCode& /*ec*/) override {
    chunk_rest = size;
  }

  std::size_t on_chunk_body_impl(std::uint64_t /*remain*/, beast::string_view bytes,
                                 ErrorCode& /*ec*/) override {
    body = view(bytes);
    chunk_rest -= bytes.size();
    return bytes.size();
  }

  void on_finish_impl(ErrorCode& /*ec*/) override {}

  bool head_complete_ = false;
};

}  // namespace

struct ResponseParser::Impl {
  std::optional<ResponseSink> sink;
  ParsedResponseHead head;
  bool head_given = false;
  std::size_t head_bytes = 0;

  Step parse_head(std::string_view input) {
    ErrorCode code;
    const std::size_t consumed = sink->put(boost::asio::buffer(input.data(), input.size()), code);
    head_bytes += consumed;
    const bool too_long = head_bytes + (input.size() - consumed) >= kMaxHeadBytes;
    if (code == error::need_more && !too_long) {
      return {.event = Event::need_more, .consumed = consumed, .body = {}};
    }
    const bool bad_status = sink->status < 100 || sink->status > 999;
    if (code || head_bytes > kMaxHeadBytes || sink->refused || bad_status) {
      return {.event = Event::failed, .consumed = consumed, .body = {}};
    }
    head_given = true;
    head = {.status = sink->status,
            .reason = sink->reason,
            .fields = sink->fields,
            .has_body = !sink->is_done(),
            .keep_alive = sink->keep_alive()};
    return {.event = Event::head, .consumed = consumed, .body = {}};
  }

  Step parse_body(std::string_view input) {
    std::size_t consumed = 0;
    while (!sink->is_done()) {
      const std::string_view rest = input.substr(consumed);
      const bool inside_head = sink->chunked() && sink->chunk_rest == 0;
      if (rest.empty() || (inside_head && rest.size() < kLeastChunk)) break;
      sink->body = {};
      ErrorCode code;
      consumed += sink->put(boost::asio::buffer(rest.data(), rest.size()), code);
      if (code == error::need_more) {
        if (rest.size() <= kMaxChunkHeadBytes) break;
        return {.event = Event::failed, .consumed = consumed, .body = {}};
      }
      if (code) return {.event = Event::failed, .consumed = consumed, .body = {}};
      if (!sink->body.empty()) {
        return {.event = Event::body, .consumed = consumed, .body = sink->body};
      }
    }
    const Event event = sink->is_done() ? Event::end : Event::need_more;
    return {.event = event, .consumed = consumed, .body = {}};
  }
};

ResponseParser::ResponseParser() : impl_(std::make_unique<Impl>()) { reset(false); }
ResponseParser::~ResponseParser() = default;

void ResponseParser::reset(bool head_request) {
  impl_->sink.emplace(head_request);
  impl_->head_given = false;
  impl_->head_bytes = 0;
}

ResponseParser::Step ResponseParser::parse(std::string_view input) {
  return impl_->head_given ? impl_->parse_body(input) : impl_->parse_head(input);
}

ResponseParser::Event ResponseParser::finish() {
  if (!impl_->head_given) return Event::failed;
  ErrorCode code;
  impl_->sink->put_eof(code);
  return code ? Event::failed : Event::end;
}

const ParsedResponseHead& ResponseParser::head() const { return impl_->head; }

}  // namespace millrace::http
