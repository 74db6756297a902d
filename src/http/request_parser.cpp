#include "http/request_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <string>
#include <utility>

#include "base/ascii.hpp"
#include "http/beast_text.hpp"
#include "http/chunk_head.hpp"
#include "http/host.hpp"
#include "http/limits.hpp"
#include "http/request_line.hpp"
#include "http/transfer_codings.hpp"

namespace millrace::http {

namespace beast = boost::beast;
using beast::http::error;
using beast::http::field;
using ErrorCode = boost::system::error_code;

namespace {

/// An offset and length in the flat text, since the text moves as it grows.
struct Extent {
  std::size_t begin = 0;
  std::size_t size = 0;

  [[nodiscard]] std::string_view in(const std::string& text) const {
    return std::string_view(text).substr(begin, size);
  }
};

/// The callbacks of Beast's parser. One for each request, since Beast's parser is not reusable.
class RequestSink final : public beast::http::basic_parser<true> {
 public:
  RequestSink(std::string& text, RequestParser::DropField drop, std::size_t max_head)
      : text_(text), drop_(drop) {
    text_.clear();
    header_limit(static_cast<std::uint32_t>(max_head));
    body_limit(boost::none);
    eager(false);
  }

  Extent method;
  Extent target;
  Extent fields;
  int version = 11;
  bool expects_continue = false;
  Security security = Security::none;
  /// Set where a field breaks a rule of this server.
  std::optional<ParseFailure> refusal;
  /// The piece of the body that the last put() found.
  std::string_view body;
  /// Bytes of the current chunk that are still to come.
  std::uint64_t chunk_rest = 0;
  /// Whether the CRLF that ends a chunk's data is still to come.
  bool owes_line_end = false;
  bool in_last_chunk = false;

  /// Checks the rules that concern the head as a whole.
  void check_head() {
    if (refusal) return;
    if (hosts_ > 1) refusal = {400, "Bad Request: more than one Host field"};
    if (hosts_ == 0 && version == 11) refusal = {400, "Bad Request: no Host field"};
    if (refusal || !coded_) return;
    if (version == 10) {
      refusal = {400, "Bad Request: Transfer-Encoding in an HTTP/1.0 request"};
    } else if (lengths_ > 0) {
      refusal = {400, "Bad Request: both Content-Length and Transfer-Encoding"};
    } else {
      refusal = validate_transfer_codings(codings_);
    }
  }

 private:
  Extent append(std::string_view bytes) {
    const Extent extent{.begin = text_.size(), .size = bytes.size()};
    text_.append(bytes);
    return extent;
  }

  void append_line(std::string_view name, std::string_view value) {
    text_.append(name).append(": ").append(value).append("\r\n");
  }

  /// Returns a copy, since the text that contains it moves as it grows.
  [[nodiscard]] std::string authority() const { return std::string(authority_.in(text_)); }

  void take_host(std::string_view name, std::string_view value) {
    ++hosts_;
    if (!is_valid_authority(value) && !refusal) {
      refusal = {400, "Bad Request: invalid host in the Host field"};
    }
    if (authority_.size == 0) return append_line(name, value);
    // RFC 9112 §3.2.2: the received value is ignored.
    append_line(name, authority());
  }

  void on_request_impl(beast::http::verb verb, beast::string_view method_text,
                       beast::string_view target_text, int http_version,
                       ErrorCode& /*ec*/) override {
    version = http_version;
    // Node.js also knows these two methods, and rejects all others that Beast does not know.
    if (verb == beast::http::verb::unknown && method_text != "QUERY" && method_text != "SOURCE") {
      refusal = {400, "Bad Request: unknown method"};
    }
    method = append(view(method_text));
    const RequestTarget parts = split_target(view(method_text), view(target_text), security);
    if (parts.failure && !refusal) refusal = parts.failure;
    authority_ = append(parts.authority);
    target.begin = text_.size();
    if (parts.resource.starts_with('?')) text_ += '/';
    text_.append(parts.resource);
    target.size = text_.size() - target.begin;
    fields.begin = text_.size();
  }

  void on_response_impl(int /*status*/, beast::string_view /*reason*/, int /*version*/,
                        ErrorCode& /*ec*/) override {}

  void on_field_impl(field known, beast::string_view name, beast::string_view value,
                     ErrorCode& /*ec*/) override {
    // Fields after the head are trailers, which a recipient may discard (RFC 9110 §6.5.1).
    if (head_complete_ || (drop_ != nullptr && drop_(view(name)))) return;
    if (known == field::host) return take_host(view(name), view(value));
    append_line(view(name), view(value));
    switch (known) {
      case field::expect:
        expects_continue = base::equals_ignoring_case(view(value), "100-continue");
        if (!expects_continue) refusal = {417, "Expectation Failed"};
        break;
      case field::content_length:
        // As in Node.js, even the same length sent twice is rejected: it may be meant to make two
        // parsers disagree.
        if (++lengths_ > 1 || view(value).find(',') != std::string_view::npos) {
          refusal = {400, "Bad Request: more than one Content-Length"};
        }
        break;
      case field::transfer_encoding:
        if (std::exchange(coded_, true)) codings_ += ',';
        codings_ += view(value);
        break;
      default:
        break;
    }
  }

  void on_header_impl(ErrorCode& /*ec*/) override {
    head_complete_ = true;
    if (hosts_ == 0 && authority_.size > 0) append_line("Host", authority());
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
    owes_line_end = true;
    in_last_chunk = size == 0;
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
  /// The authority of a target in absolute form.
  Extent authority_;
  int hosts_ = 0;
  int lengths_ = 0;
  /// Whether there is a Transfer-Encoding, and the values of all of them.
  bool coded_ = false;
  std::string codings_;
  bool head_complete_ = false;
};

constexpr ParseFailure kHeadTooLong{431, "Request Header Fields Too Large"};
constexpr ParseFailure kLineTooLong{414, "URI Too Long"};
constexpr ParseFailure kLoneLineFeed{400, "Bad Request: a line does not end with CRLF"};

ParseFailure failure_for(const ErrorCode& code) {
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

/// Checks how the lines of a head, or of a part of it, end: rejects LF alone, for which Beast
/// waits, and obsolete line folding, which Beast would unfold (RFC 9112 §2.2 and §5.2 allow
/// rejecting both).
std::optional<ParseFailure> validate_line_ends(std::string_view head) {
  for (std::size_t end = head.find('\n'); end != std::string_view::npos;
       end = head.find('\n', end + 1)) {
    if (end > 0 && head[end - 1] != '\r') return kLoneLineFeed;
    if (end + 1 == head.size()) break;
    if (head[end + 1] == ' ' || head[end + 1] == '\t') {
      return ParseFailure{400, "Bad Request: a field line is folded"};
    }
  }
  return std::nullopt;
}

}  // namespace

struct RequestParser::Impl {
  DropField drop = nullptr;
  std::size_t max_head = kMaxHeadBytes;
  Security security = Security::none;
  std::string text;
  std::optional<RequestSink> sink;
  RequestHead head;
  ParseFailure failure;
  bool begun = false;
  /// Whether the request line has been validated; if not, how much of it has been examined.
  bool line_validated = false;
  std::size_t line_seen = 0;
  /// Bytes of the current head that Beast has consumed.
  std::size_t head_bytes = 0;
  bool head_given = false;

  Step fail(ParseFailure why, std::size_t consumed) {
    failure = why;
    return {.event = Event::failed, .consumed = consumed, .body = {}};
  }

  void fill_head() {
    head.method = sink->method.in(text);
    head.target = sink->target.in(text);
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

  /// Validates the request line before Beast reads it. Returns nothing where it is complete and
  /// valid.
  std::optional<Step> validate_line(std::string_view input, std::size_t skipped) {
    const std::size_t end = input.find('\n', line_seen);
    const bool complete = end != std::string_view::npos;
    if ((complete ? end + 1 : input.size()) >= max_head) return fail(kLineTooLong, skipped);
    if (complete) {
      line_validated = true;
      if (end == 0 || input[end - 1] != '\r') {
        return fail(kLoneLineFeed, skipped);
      }
      const auto failure = validate_request_line(input.substr(0, end - 1));
      return failure ? std::optional<Step>(fail(*failure, skipped)) : std::nullopt;
    }
    std::string_view part = input.substr(line_seen);
    // Its LF may still follow.
    if (part.ends_with('\r')) part.remove_suffix(1);
    if (const auto failure = validate_line_part(part)) return fail(*failure, skipped);
    line_seen += part.size();
    return Step{.event = Event::need_more, .consumed = skipped, .body = {}};
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
    if (!line_validated) {
      if (const auto step = validate_line(input, skipped)) return *step;
    }
    ErrorCode code;
    const std::size_t consumed = sink->put(boost::asio::buffer(input.data(), input.size()), code);
    head_bytes += consumed;
    const bool goes_on = code == error::need_more;
    if (const auto failure = validate_line_ends(goes_on ? input : input.substr(0, consumed))) {
      return fail(*failure, skipped);
    }
    if (goes_on) {
      // Beast consumes the request line before the fields have arrived, and limits each on its own.
      if (head_bytes + (input.size() - consumed) >= max_head) {
        return fail(kHeadTooLong, skipped);
      }
      return {.event = Event::need_more, .consumed = skipped + consumed, .body = {}};
    }
    if (code == error::header_limit || head_bytes > max_head) {
      return fail(kHeadTooLong, skipped);
    }
    if (code) return fail(failure_for(code), skipped);
    sink->check_head();
    if (sink->refusal) return fail(*sink->refusal, skipped + consumed);
    head_given = true;
    fill_head();
    return {.event = Event::head, .consumed = skipped + consumed, .body = {}};
  }

  /// Validates the chunk head that comes next.
  ChunkHead validate_chunk(std::string_view rest) const {
    if (!sink->owes_line_end) return validate_chunk_head(rest);
    if (!rest.starts_with("\r\n")) return ChunkHead::invalid;
    return validate_chunk_head(rest.substr(2));
  }

  Step parse_body(std::string_view input) {
    std::size_t consumed = 0;
    while (!sink->is_done()) {
      const std::string_view rest = input.substr(consumed);
      if (rest.empty() || (sink->chunked() && sink->chunk_rest == 0 && rest.size() < kLeastChunk)) {
        break;
      }
      if (sink->chunked() && sink->chunk_rest == 0 && !sink->in_last_chunk) {
        const ChunkHead head = validate_chunk(rest);
        if (head == ChunkHead::invalid) {
          return fail({400, "Bad Request: invalid chunk"}, consumed);
        }
        if (head == ChunkHead::incomplete && rest.size() <= kMaxChunkHeadBytes) break;
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

RequestParser::RequestParser(DropField drop, std::size_t max_head, Security security)
    : impl_(std::make_unique<Impl>()) {
  impl_->drop = drop;
  impl_->max_head = max_head;
  impl_->security = security;
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
  impl_->sink.emplace(impl_->text, impl_->drop, impl_->max_head);
  impl_->sink->security = impl_->security;
  impl_->begun = false;
  impl_->line_validated = false;
  impl_->line_seen = 0;
  impl_->head_bytes = 0;
  impl_->head_given = false;
}

}  // namespace millrace::http
