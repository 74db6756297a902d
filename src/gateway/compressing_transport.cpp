#include "gateway/compressing_transport.hpp"

#include <charconv>
#include <utility>

#include "base/ascii.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

/// The threshold of the `compression` package in Next.js.
constexpr std::uint64_t kWorthwhile = 1024;

constexpr std::string_view kVaryName = "vary";
constexpr std::string_view kVaryOn = "Accept-Encoding";

std::optional<std::uint64_t> declared_length(std::string_view fields) {
  const auto text = http::find_field(fields, "content-length");
  if (!text) return std::nullopt;
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), length);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return length;
}

/// Writes the response's fields with Vary, and without those of the identity coding where
/// `compressed`.
void write_fields(std::string_view given, bool compressed, std::string& fields) {
  bool varies = false;
  for (const auto& [name, value] : http::FieldsView(given)) {
    const bool replaced = base::equals_ignoring_case(name, "content-length") ||
                          base::equals_ignoring_case(name, "content-encoding");
    if (compressed && replaced) continue;
    fields.append(name).append(": ").append(value);
    if (!varies && base::equals_ignoring_case(name, kVaryName)) {
      varies = true;
      if (!http::has_token(value, kVaryOn) && value != "*") fields.append(", ").append(kVaryOn);
    }
    fields.append("\r\n");
  }
  if (!varies) fields.append("Vary: ").append(kVaryOn).append("\r\n");
}

}  // namespace

bool CompressingTransport::prepare(std::string_view given, std::optional<std::uint64_t> length,
                                   std::string& fields) {
  if (!enabled_) return false;
  const auto type = http::find_field(given, "content-type");
  if (!type || !http::is_compressible(*type)) return false;
  const auto cache = http::find_field(given, "cache-control");
  if (cache && http::has_token(*cache, "no-transform")) return false;
  if (!length) length = declared_length(given);
  const auto coded = http::find_field(given, "content-encoding");
  const bool worthwhile = !memory_.is_half_used() && (!length || *length >= kWorthwhile) &&
                          request_.method != "HEAD" &&
                          (!coded || base::equals_ignoring_case(*coded, "identity"));
  const auto accepted =
      worthwhile ? http::find_field(request_.fields, "accept-encoding") : std::nullopt;
  const http::Coding coding = accepted ? http::negotiate_coding(*accepted) : http::Coding::identity;
  if (coding != http::Coding::identity) {
    compressor_.emplace(coding,
                        http::is_long_lived(*type) ? http::Memory::small : http::Memory::full);
    // Without memory for a compressor the response is sent uncompressed.
    if (!compressor_->usable()) compressor_.reset();
  }
  write_fields(given, compressor_.has_value(), fields);
  if (compressor_) {
    fields.append("Content-Encoding: ").append(http::to_string(coding)).append("\r\n");
  }
  return true;
}

CompressingTransport::~CompressingTransport() {
  if (queued_) queue_.remove(*this);
}

bool CompressingTransport::has_turn(std::size_t size) {
  return waiting() == 0 && !queued_ && size <= CompressionQueue::kPiece && queue_.take(size);
}

void CompressingTransport::enqueue(std::string_view bytes, bool end) {
  ended_ = end;
  copied_.erase(0, std::exchange(copied_taken_, 0));
  copied_.append(bytes);
  share_.set(copied_.capacity());
  join_queue();
}

void CompressingTransport::join_queue() {
  // A client that takes nothing gets no turn: the output compressed for it would accumulate.
  if (queued_ || inner_.unsent() > 0) return;
  queued_ = true;
  queue_.add(*this);
}

bool CompressingTransport::send_more() {
  if (waiting() > 0) join_queue();
  return queued_ || waiting() > 0;
}

std::string_view CompressingTransport::take(std::size_t size) {
  const std::string_view piece = std::string_view(copied_).substr(copied_taken_, size);
  copied_taken_ += piece.size();
  return piece;
}

void CompressingTransport::send_response(const http::ResponseHead& head, std::string_view body,
                                         bool end) {
  begun_ = true;
  std::string fields;
  const std::optional<std::uint64_t> length =
      end ? std::optional<std::uint64_t>(body.size()) : std::nullopt;
  if (!prepare(head.fields, length, fields)) return inner_.send_response(head, body, end);
  const http::ResponseHead changed{.status = head.status, .reason = head.reason, .fields = fields};
  if (!compressor_) return inner_.send_response(changed, body, end);
  if (!has_turn(body.size())) {
    if (end && body.size() <= CompressionQueue::kPiece) {
      head_ = HeldHead{head.status, std::string(head.reason), std::move(fields)};
    } else {
      inner_.send_response(changed, {}, false);
    }
    return enqueue(body, end);
  }
  std::string compressed;
  if (!compressor_->append(body, end, compressed)) return inner_.cut();
  inner_.send_response(changed, compressed, end);
}

void CompressingTransport::send_head(const http::ResponseHead& head, std::uint64_t length) {
  begun_ = true;
  std::string fields;
  if (!prepare(head.fields, length, fields)) return inner_.send_head(head, length);
  const http::ResponseHead changed{.status = head.status, .reason = head.reason, .fields = fields};
  if (!compressor_) return inner_.send_head(changed, length);
  inner_.send_response(changed, {}, false);
}

void CompressingTransport::send_body(std::string_view bytes, bool end) {
  if (!compressor_) return inner_.send_body(bytes, end);
  if (!has_turn(bytes.size())) return enqueue(bytes, end);
  std::string compressed;
  if (!compressor_->append(bytes, end, compressed)) return inner_.cut();
  inner_.send_body(compressed, end);
}

std::size_t CompressingTransport::compress_some(std::size_t most) {
  queued_ = false;
  const std::string_view piece = take(head_ ? waiting() : most);
  const std::size_t size = piece.size();
  const bool rest = waiting() > 0;
  const bool last = ended_ && !rest;
  std::string compressed;
  const bool compresses = rest ? compressor_->append_part(piece, compressed)
                               : compressor_->append(piece, last, compressed);
  if (!rest) {
    copied_ = {};
    copied_taken_ = 0;
    share_.set(0);
  }
  // Each of the calls below may destroy this object.
  if (!compresses) {
    inner_.cut();
  } else if (head_) {
    const HeldHead head = *std::exchange(head_, std::nullopt);
    inner_.send_response({.status = head.status, .reason = head.reason, .fields = head.fields},
                         compressed, true);
  } else if (last) {
    inner_.send_body(compressed, true);
  } else {
    inner_.send_body(compressed, false);
    if (rest) {
      join_queue();
    } else if (inner_.unsent() == 0) {
      observer_.on_compressed();
    }
  }
  return size;
}

}  // namespace millrace::gateway
