// CompressionOptions is what [compression] of millrace.toml says about the responses of a site.
#pragma once

#include <cstdint>
#include <vector>

#include "http/compression.hpp"
#include "project/settings.hpp"

namespace millrace::gateway {

struct CompressionOptions {
  bool enabled = true;
  /// Codings that clients can get, in the order of the server's preference. Empty: gzip or deflate as
  /// under `next start`, and for stored forms Brotli, then Zstandard, then gzip.
  std::vector<http::Coding> order;
  /// Bytes; a body that is known to be shorter is not compressed. The default is the threshold of the
  /// `compression` package in Next.js.
  std::uint64_t min_size = 1024;
  http::CompressionLevels levels;

  /// Chooses the coding of a body that the server compresses, for an Accept-Encoding field.
  /// `is_short`: it has fewer than `min_size` bytes. `saving`: only codings with little state.
  /// `long_lived`: the body is a stream that may stay open for hours, for which Brotli has too much
  /// state.
  [[nodiscard]] http::Coding negotiate(std::string_view accept_encoding, bool is_short, bool saving,
                                       bool long_lived) const;

  /// Chooses among the stored forms of a file.
  [[nodiscard]] http::Coding negotiate_stored(std::string_view accept_encoding,
                                              http::CodingSet stored) const;
};

[[nodiscard]] CompressionOptions compression_options(const project::CompressionKeys& keys);

}  // namespace millrace::gateway
