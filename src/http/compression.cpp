#include "http/compression.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.hpp"

namespace millrace::http {

namespace {

constexpr int kWindowBits = 15;
/// zlib's convention: added to the window bits for gzip's header and trailer.
constexpr int kGzip = 16;
constexpr int kMemoryLevel = 8;
/// 16 KB each for the window and for the hash tables.
constexpr int kSmallWindowBits = 12;
constexpr int kSmallMemoryLevel = 5;

/// The bytes that deflate allocates, but for a few kilobytes of state (zconf.h, "Maximum value for
/// memLevel").
constexpr int memory_of(int window_bits, int memory_level) {
  return (1 << (window_bits + 2)) + (1 << (memory_level + 9));
}
static_assert(memory_of(kWindowBits, kMemoryLevel) == 256 * 1024);
static_assert(memory_of(kSmallWindowBits, kSmallMemoryLevel) == 32 * 1024);

/// The compressible types of the media type database that are neither text nor have a JSON or XML
/// suffix.
constexpr std::array<std::string_view, 31> kShrinking = {
    "application/dart",
    "application/ecmascript",
    "application/javascript",
    "application/json",
    "application/postscript",
    "application/raml+yaml",
    "application/rtf",
    "application/tar",
    "application/toml",
    "application/vnd.dart",
    "application/vnd.ms-fontobject",
    "application/vnd.ms-opentype",
    "application/wasm",
    "application/x-httpd-php",
    "application/x-javascript",
    "application/x-ns-proxy-autoconfig",
    "application/x-sh",
    "application/x-tar",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/xml-dtd",
    "font/otf",
    "font/ttf",
    "image/bmp",
    "image/vnd.adobe.photoshop",
    "image/vnd.microsoft.icon",
    "image/vnd.ms-dds",
    "image/x-icon",
    "image/x-ms-bmp",
    "message/rfc822",
    "model/gltf-binary",
};

bool ends_in(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() &&
         base::equals_ignoring_case(text.substr(text.size() - suffix.size()), suffix);
}

/// Returns the weight of one list item in thousandths; nothing where it cannot be parsed.
std::optional<int> weight_of(std::string_view parameters) {
  const std::string_view text = base::trim(parameters);
  if (text.empty()) return 1000;
  if (text.size() < 3 || base::to_lower(text[0]) != 'q' || text[1] != '=') return 1000;
  int weight = text[2] == '1' ? 1000 : 0;
  if (text[2] != '0' && text[2] != '1') return std::nullopt;
  int unit = 100;
  for (std::size_t at = 4; at < text.size() && unit > 0; ++at, unit /= 10) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
    if (weight < 1000) weight += (text[at] - '0') * unit;
  }
  return weight;
}

/// Calls `take(name, weight)` for each item of an Accept-Encoding field that can be parsed.
template <typename Take>
void each_accepted(std::string_view accept_encoding, const Take& take) {
  while (!accept_encoding.empty()) {
    const std::size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view item = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const std::size_t mark = std::min(item.find(';'), item.size());
    const auto weight = weight_of(item.substr(std::min(mark + 1, item.size())));
    if (weight) take(base::trim(item.substr(0, mark)), *weight);
  }
}

}  // namespace

std::string_view to_string(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return "gzip";
    case Coding::deflate:
      return "deflate";
    case Coding::zstd:
      return "zstd";
    case Coding::br:
      return "br";
    case Coding::identity:
      break;
  }
  return "identity";
}

bool is_compressible(std::string_view content_type) {
  const std::string_view type = base::trim(content_type.substr(0, content_type.find(';')));
  // The type of most API responses.
  if (base::equals_ignoring_case(type, "application/json")) return true;
  if (base::equals_ignoring_case(type.substr(0, 5), "text/")) return true;
  if (ends_in(type, "+json") || ends_in(type, "+xml") || ends_in(type, "+text")) return true;
  return std::any_of(kShrinking.begin(), kShrinking.end(), [type](std::string_view known) {
    return base::equals_ignoring_case(type, known);
  });
}

bool is_long_lived(std::string_view content_type) {
  return base::equals_ignoring_case(base::trim(content_type.substr(0, content_type.find(';'))),
                                    "text/event-stream");
}

Coding negotiate_coding(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> deflate;
  std::optional<int> identity;
  std::optional<int> any;
  each_accepted(accept_encoding, [&](std::string_view name, int weight) {
    if (base::equals_ignoring_case(name, "gzip")) gzip = weight;
    if (base::equals_ignoring_case(name, "deflate")) deflate = weight;
    if (base::equals_ignoring_case(name, "identity")) identity = weight;
    if (name == "*") any = weight;
  });
  const int gzip_weight = gzip.value_or(any.value_or(0));
  const int deflate_weight = deflate.value_or(any.value_or(0));
  if (gzip_weight == 0 && deflate_weight == 0) return Coding::identity;
  // A client that prefers identity gets it.
  if (identity && *identity > std::max(gzip_weight, deflate_weight)) return Coding::identity;
  return gzip_weight > 0 ? Coding::gzip : Coding::deflate;
}

Coding negotiate_stored(std::string_view accept_encoding, StoredCodings stored) {
  /// In the order of preference.
  constexpr std::array kStored = {Coding::br, Coding::zstd, Coding::gzip, Coding::identity};
  std::array<std::optional<int>, kStored.size()> named;
  std::optional<int> any;
  each_accepted(accept_encoding, [&](std::string_view name, int weight) {
    for (std::size_t at = 0; at < kStored.size(); ++at) {
      if (base::equals_ignoring_case(name, to_string(kStored.at(at)))) named.at(at) = weight;
    }
    if (name == "*") any = weight;
  });
  Coding best = Coding::identity;
  int most = 0;
  for (std::size_t at = 0; at < kStored.size(); ++at) {
    const Coding coding = kStored.at(at);
    const bool is_identity = coding == Coding::identity;
    // Identity is always acceptable, but preferred only where the client names it.
    const int weight = named.at(at).value_or(is_identity ? 0 : any.value_or(0));
    if (weight <= most || (!is_identity && !stored.has(coding))) continue;
    best = coding;
    most = weight;
  }
  return best;
}

struct Compressor::Impl {
  z_stream stream{};
  bool usable = false;
};

Compressor::Compressor(Coding coding, Memory memory) : impl_(std::make_unique<Impl>()) {
  const bool small = memory == Memory::small;
  const int bits = (small ? kSmallWindowBits : kWindowBits) + (coding == Coding::gzip ? kGzip : 0);
  impl_->usable =
      deflateInit2(&impl_->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, bits,
                   small ? kSmallMemoryLevel : kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK;
}

Compressor::~Compressor() {
  if (impl_->usable) deflateEnd(&impl_->stream);
}

bool Compressor::usable() const { return impl_->usable; }

bool Compressor::append(std::string_view bytes, bool end, std::string& out) {
  if (bytes.empty() && !end) return impl_->usable;
  return deflate_all(bytes, end ? Z_FINISH : Z_SYNC_FLUSH, out);
}

bool Compressor::append_part(std::string_view bytes, std::string& out) {
  return deflate_all(bytes, Z_NO_FLUSH, out);
}

bool Compressor::deflate_all(std::string_view bytes, int flush, std::string& out) {
  if (!impl_->usable) return false;
  z_stream& stream = impl_->stream;
  // zlib does not write to its input; its type predates const.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast,cppcoreguidelines-pro-type-const-cast)
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::array<Bytef, 16384> piece{};
  do {
    stream.next_out = piece.data();
    stream.avail_out = static_cast<uInt>(piece.size());
    if (deflate(&stream, flush) == Z_STREAM_ERROR) return false;
    out.append(piece.data(), piece.data() + (piece.size() - stream.avail_out));
  } while (stream.avail_out == 0);
  return true;
}

}  // namespace millrace::http
