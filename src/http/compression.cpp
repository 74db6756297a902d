#include "http/compression.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace millrace::http {

namespace {

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

std::unique_ptr<Encoder> make_encoder(Coding coding, Memory memory,
                                      const CompressionLevels& levels) {
  switch (coding) {
    case Coding::br:
      return make_brotli_encoder(levels.br);
    case Coding::zstd:
      return make_zstd_encoder(memory, levels.zstd);
    case Coding::gzip:
    case Coding::deflate:
      return make_deflate_encoder(coding, memory, levels.gzip);
    case Coding::identity:
      break;
  }
  return nullptr;
}

}  // namespace

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

Compressor::Compressor(Coding coding, Memory memory, const CompressionLevels& levels)
    : encoder_(make_encoder(coding, memory, levels)) {}

bool Compressor::append(std::string_view bytes, bool end, std::string& out) {
  if (!usable()) return false;
  if (bytes.empty() && !end) return true;
  return encoder_->encode(bytes, end ? Encoder::Flush::end : Encoder::Flush::all, out);
}

bool Compressor::append_part(std::string_view bytes, std::string& out) {
  return usable() && encoder_->encode(bytes, Encoder::Flush::none, out);
}

}  // namespace millrace::http
