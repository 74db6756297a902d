#include "http/request_parser.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <string>

#include "base/ascii.hpp"
#include "http/limits.hpp"

namespace millrace::http {

namespace beast = boost::beast;
using beast::http::error;
using beast::http::field;
using ErrorCode = boost::system::error_code;

namespace {

/// The shortest chunk head that ends a body, "0 CRLF CRLF": Beast asserts that it is offered whole.
constexpr std::size_t kLeastChunk = 5;

/// A place in the flat text, since the text moves as it grows.
struct Extent {
  std::size_t begin = 0;
  std::size_t size = 0;

  [[nodiscard]] std::string_view in(const std::string& text) const {
    return std::string_view(text).substr(begin, size);
  }
};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

/// What Beast's parser calls. One for each request: Beast's is not reusable.
class Sink final : public beast::http::basic_parser<true> {
 public:
  Sink(std::string& text, RequestParser::DropField drop) : text_(text), drop_(drop) {
    text_.clear();
    header_limit(kMaxHeadBytes);
    body_limit(boost::none);
    eager(false);
  }

  Extent method;
  Extent target;
  Extent fields;
  int version = 11;
  bool expects_continue = false;
  /// Set where a field breaks a rule of ours.
  std::optional<ParseFailure> refusal;
  /// The piece of body that the last put() found.
  std::string_view body;
  /// Bytes of the chunk at hand that are still to come.
  std::uint64_t chunk_rest = 0;

  [[nodiscard]] bool has_request_line() const { return method.size > 0; }

  /// Checks what only the whole head can tell.
  void check_head() {
    if (refusal) return;
    if (hosts_ > 1) refusal = {400, "Bad Request: more than one Host field"};
    if (hosts_ == 0 && version == 11) refusal = {400, "Bad Request: no Host field"};
    const std::string_view path = target.in(text_);
    if (std::any_of(path.begin(), path.end(), [](char c) { return (c & 0x80) != 0; })) {
      refusal = {400, "Bad Request: a request target is ASCII"};
    }
    if (version == 10 && chunked()) {
      refusal = {400, "Bad Request: Transfer-Encoding in an HTTP/1.0 request"};
    }
  }

 private:
  Extent append(std::string_view bytes) {
    const Extent extent{.begin = text_.size(), .size = bytes.size()};
    text_.append(bytes);
    return extent;
  }

  void on_request_impl(beast::http::verb verb, beast::string_view method_text,
                       beast::string_view target_text, int http_version,
                       ErrorCode& /*ec*/) override {
    version = http_version;
    // Node.js knows these two besides, and refuses all others.
    if (verb == beast::http::verb::unknown && method_text != "QUERY" && method_text != "SOURCE") {
      refusal = {400, "Bad Request: unknown method"};
    }
    method = append(view(method_text));
    target = append(view(target_text));
    fields.begin = text_.size();
  }

  void on_response_impl(int /*status*/, beast::string_view /*reason*/, int /*version*/,
                        ErrorCode& /*ec*/) override {}

  void on_field_impl(field known, beast::string_view name, beast::string_view value,
                     ErrorCode& /*ec*/) override {
    // Fields after the head are trailers, which a recipient may drop (RFC 9110 §6.5.1).
    if (head_complete_ || (drop_ != nullptr && drop_(view(name)))) return;
    append(view(name));
    text_.append(": ");
    append(view(value));
    text_.append("\r\n");
    switch (known) {
      case field::host:
        ++hosts_;
        break;
      case field::expect:
        expects_continue = base::equals_ignoring_case(view(value), "100-continue");
        if (!expects_continue) refusal = {417, "Expectation Failed"};
        break;
      case field::content_length:
        // Even one length said twice is refused, as by Node.js: who repeats it may be asking two
        // readers to disagree.
        if (++lengths_ > 1 || view(value).find(',') != std::string_view::npos) {
          refusal = {400, "Bad Request: more than one Content-Length"};
        }
        break;
      case field::transfer_encoding:
        if (!base::equals_ignoring_case(view(value), "chunked")) {
          refusal = {501, "Not Implemented: a Transfer-Encoding other than chunked"};
        }
        break;
      default:
        break;
    }
  }

  void on_header_impl(ErrorCode& /*ec*/) override {
    head_complete_ = true;
    fields.size = text_.size() - fields.begin;
  }

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

  std::string& text_;
  RequestParser::DropField drop_;
  int hosts_ = 0;
  int lengths_ = 0;
  bool head_complete_ = false;
};

ParseFailure too_long(bool after_request_line) {
  if (after_request_line) return {431, "Request Header Fields Too Large"};
  return {414, "URI Too Long"};
}

ParseFailure failure_for(const ErrorCode& code) {
  if (code == error::bad_version) return {505, "HTTP Version Not Supported"};
  if (code == error::bad_method) return {400, "Bad Request: invalid method"};
  if (code == error::bad_target) return {400, "Bad Request: invalid request target"};
  if (code == error::bad_content_length || code == error::multiple_content_length) {
    return {400, "Bad Request: invalid Content-Length"};
  }
  if (code == error::bad_transfer_encoding) {
    return {400, "Bad Request: invalid Transfer-Encoding"};
  }
  if (code == error::bad_chunk || code == error::bad_chunk_extension) {
    return {400, "Bad Request: invalid chunk"};
  }
  return {400, "Bad Request"};
}

/// Whether a line begins with whitespace: obsolete line folding, which Beast would unfold and
/// RFC 9112 §5.2 lets us refuse.
bool has_folded_line(std::string_view head) {
  for (std::size_t end = 0; end < head.size(); ++end) {
    end = head.find('\n', end);
    if (end == std::string_view::npos || end + 1 == head.size()) return false;
    if (head[end + 1] == ' ' || head[end + 1] == '\t') return true;
  }
  return false;
}

/// Cuts scheme and authority off an absolute form (RFC 9112 §3.2.2).
std::string_view origin_form(std::string_view target) {
  const std::size_t scheme_end = target.find("://");
  if (target.starts_with('/') || scheme_end == std::string_view::npos) return target;
  const std::string_view scheme = target.substr(0, scheme_end);
  if (!base::equals_ignoring_case(scheme, "http") && !base::equals_ignoring_case(scheme, "https")) {
    return target;
  }
  const std::size_t path = target.find('/', scheme_end + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace

struct RequestParser::Impl {
  DropField drop = nullptr;
  std::string text;
  std::optional<Sink> sink;
  RequestHead head;
  ParseFailure failure;
  bool begun = false;
  /// Of the head at hand, what Beast has taken.
  std::size_t head_bytes = 0;
  bool head_given = false;

  Step fail(ParseFailure why, std::size_t consumed) {
    failure = why;
    return {.event = Event::failed, .consumed = consumed, .body = {}};
  }

  void fill_head() {
    head.method = sink->method.in(text);
    head.target = origin_form(sink->target.in(text));
    head.fields = sink->fields.in(text);
    head.version = static_cast<std::uint8_t>(sink->version);
    head.keep_alive = sink->keep_alive();
    head.expects_continue = sink->expects_continue && sink->version == 11;
    head.has_body = !sink->is_done();
    head.chunked = sink->chunked();
    head.upgrade = sink->upgrade();
    const auto length = sink->content_length();
    head.content_length = length ? std::optional<std::uint64_t>(*length) : std::nullopt;
  }

  Step parse_head(std::string_view input) {
    // Empty lines before a request are ignored (RFC 9112 §2.2).
    std::size_t skipped = 0;
    if (!begun) {
      while (input.substr(skipped).starts_with("\r\n")) skipped += 2;
      input.remove_prefix(skipped);
      if (input.empty() || input == "\r")
        return {.event = Event::need_more, .consumed = skipped, .body = {}};
      begun = true;
    }
    ErrorCode code;
    const std::size_t consumed = sink->put(boost::asio::buffer(input.data(), input.size()), code);
    head_bytes += consumed;
    if (has_folded_line(input.substr(0, consumed))) {
      return fail({400, "Bad Request: a field's line is folded"}, skipped);
    }
    if (code == error::need_more) {
      // Beast takes the request line before the fields are there, and limits each by itself.
      if (head_bytes + (input.size() - consumed) >= kMaxHeadBytes) {
        return fail(too_long(sink->has_request_line()), skipped);
      }
      return {.event = Event::need_more, .consumed = skipped + consumed, .body = {}};
    }
    if (code == error::header_limit || head_bytes > kMaxHeadBytes) {
      return fail(too_long(sink->has_request_line()), skipped);
    }
    if (code) return fail(failure_for(code), skipped);
    sink->check_head();
    if (sink->refusal) return fail(*sink->refusal, skipped + consumed);
    head_given = true;
    fill_head();
    return {.event = Event::head, .consumed = skipped + consumed, .body = {}};
  }

  Step parse_body(std::string_view input) {
    std::size_t consumed = 0;
    while (!sink->is_done()) {
      const std::string_view rest = input.substr(consumed);
      if (rest.empty() || (sink->chunked() && sink->chunk_rest == 0 && rest.size() < kLeastChunk)) {
        break;
      }
      sink->body = {};
      ErrorCode code;
      consumed += sink->put(boost::asio::buffer(rest.data(), rest.size()), code);
      if (code == error::need_more) {
        if (rest.size() > kMaxChunkHeadBytes) {
          return fail({431, "Request Header Fields Too Large: chunk head or trailer"}, consumed);
        }
        break;
      }
      if (code) return fail(failure_for(code), consumed);
      if (!sink->body.empty()) {
        return {.event = Event::body, .consumed = consumed, .body = sink->body};
      }
    }
    const Event event = sink->is_done() ? Event::end : Event::need_more;
    return {.event = event, .consumed = consumed, .body = {}};
  }
};

RequestParser::RequestParser(DropField drop) : impl_(std::make_unique<Impl>()) {
  impl_->drop = drop;
  reset();
}

RequestParser::~RequestParser() = default;

RequestParser::Step RequestParser::parse(std::string_view input) {
  return impl_->head_given ? impl_->parse_body(input) : impl_->parse_head(input);
}

const RequestHead& RequestParser::head() const { return impl_->head; }

const ParseFailure& RequestParser::failure() const { return impl_->failure; }

bool RequestParser::idle() const { return !impl_->begun; }

void RequestParser::reset() {
  impl_->sink.emplace(impl_->text, impl_->drop);
  impl_->begun = false;
  impl_->head_bytes = 0;
  impl_->head_given = false;
}

}  // namespace millrace::http
