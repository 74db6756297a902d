#include "gateway/compressing_transport.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

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

http::Coding CompressingTransport::coding_for(std::string_view given, std::string_view type,
                                              std::optional<std::uint64_t> length) const {
  const bool is_short = length && *length < options_->min_size;
  // As under `next start` nothing else has to be known then.
  if (is_short && options_->order.empty()) return http::Coding::identity;
  if (memory_.is_half_used() || request_.method == "HEAD") return http::Coding::identity;
  const auto coded = http::find_field(given, "content-encoding");
  if (coded && !base::equals_ignoring_case(*coded, "identity")) return http::Coding::identity;
  const auto accepted = http::find_field(request_.fields, "accept-encoding");
  if (!accepted) return http::Coding::identity;
  const bool saving = memory_.is_quarter_used();
  return options_->negotiate(*accepted, is_short, saving, http::is_long_lived(type));
}

bool CompressingTransport::prepare(std::string_view given, std::optional<std::uint64_t> length,
                                   std::string& fields) {
  if (options_ == nullptr) return false;
  const auto type = http::find_field(given, "content-type");
  if (!type || !http::is_compressible(*type)) return false;
  const auto cache = http::find_field(given, "cache-control");
  if (cache && http::has_token(*cache, "no-transform")) return false;
  const http::Coding coding = coding_for(given, *type, length ? length : declared_length(given));
  if (coding != http::Coding::identity) {
    compressor_.emplace(coding,
                        http::is_long_lived(*type) ? http::Memory::small : http::Memory::full,
                        options_->levels);
    counts_state_ = coding == http::Coding::br || coding == http::Coding::zstd;
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

bool CompressingTransport::compress(std::string_view bytes, bool end, std::string& out) {
  if (!compressor_->append(bytes, end, out)) return false;
  if (counts_state_ && !end) state_.set(compressor_->memory());
  return true;
}

bool CompressingTransport::has_turn(std::size_t size) {
  return waiting() == 0 && !queued_ && size <= CompressionQueue::kPiece && queue_.take(size);
}

void CompressingTransport::enqueue(std::string_view bytes, bool end) {
  ended_ = end;
  copied_.erase(0, std::exchange(copied_taken_, 0));
  copied_.append(bytes);
  count();
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

void CompressingTransport::count() {
  share_.set((copied_.empty() ? 0 : copied_.capacity()) + in_work_);
  // An empty compressor is with a piece.
  if (counts_state_ && compressor_->usable()) state_.set(compressor_->memory());
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
  if (!compress(body, end, compressed)) return inner_.cut();
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
  if (!compress(bytes, end, compressed)) return inner_.cut();
  inner_.send_body(compressed, end);
}

std::unique_ptr<CompressionPiece> CompressingTransport::take_piece(std::size_t most) {
  const std::size_t left = copied_.size() - copied_taken_;
  const std::size_t size = head_ ? left : std::min(most, left);
  auto piece = std::make_unique<CompressionPiece>(CompressionPiece{
      .compressor = std::move(*compressor_),
      .input = copied_.substr(copied_taken_, size),
      .end = ended_ && size == left,
      // The rest follows at once.
      .flush = size == left,
      .output = {},
  });
  copied_taken_ += size;
  in_work_ = size;
  if (size == left) {
    // An assignment would keep the memory.
    std::string().swap(copied_);
    copied_taken_ = 0;
  }
  count();
  return piece;
}

void CompressingTransport::on_piece(std::unique_ptr<CompressionPiece> piece) {
  queued_ = false;
  in_work_ = 0;
  *compressor_ = std::move(piece->compressor);
  const bool rest = waiting() > 0;
  bool good = piece->good;
  bool last = piece->end;
  if (good && !rest && ended_ && !last) {
    // The body has ended while the piece was with a thread.
    good = compressor_->append({}, true, piece->output);
    last = true;
  }
  count();
  // Each of the calls below may destroy this object.
  if (!good) {
    inner_.cut();
  } else if (head_) {
    const HeldHead head = *std::exchange(head_, std::nullopt);
    inner_.send_response({.status = head.status, .reason = head.reason, .fields = head.fields},
                         piece->output, true);
  } else if (last) {
    inner_.send_body(piece->output, true);
  } else {
    inner_.send_body(piece->output, false);
    if (rest) {
      join_queue();
    } else if (inner_.unsent() == 0) {
      observer_.on_compressed();
    }
  }
}

}  // namespace millrace::gateway
