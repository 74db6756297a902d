#include "gateway/compression_options.hpp"

#include <array>
#include <string>

namespace millrace::gateway {

http::Coding CompressionOptions::negotiate(std::string_view accept_encoding, bool is_short,
                                           bool saving, bool long_lived) const {
  using http::Coding;
  if (order.empty()) {
    return is_short ? Coding::identity : http::negotiate_coding(accept_encoding);
  }
  if (is_short && !http::refuses_identity(accept_encoding)) return Coding::identity;
  http::CodingSet available;
  for (const Coding coding : order) available.add(coding);
  if (saving || long_lived) available.remove(Coding::br);
  if (saving) available.remove(Coding::zstd);
  return http::negotiate_coding(accept_encoding, order, available);
}

http::Coding CompressionOptions::negotiate_stored(std::string_view accept_encoding,
                                                  http::CodingSet stored) const {
  constexpr std::array kSmallestFirst = {http::Coding::br, http::Coding::zstd, http::Coding::gzip};
  if (order.empty()) return http::negotiate_coding(accept_encoding, kSmallestFirst, stored);
  return http::negotiate_coding(accept_encoding, order, stored);
}

CompressionOptions compression_options(const project::CompressionKeys& keys) {
  CompressionOptions options{
      .enabled = keys.enabled,
      .order = {},
      .min_size = keys.min_size,
      .levels = {.gzip = static_cast<int>(keys.level_gzip),
                 .br = static_cast<int>(keys.level_br),
                 .zstd = static_cast<int>(keys.level_zstd)},
  };
  for (const std::string& name : keys.encodings) {
    // The reader of millrace.toml accepts names of codings only.
    if (const auto coding = http::coding_of(name)) options.order.push_back(*coding);
  }
  return options;
}

}  // namespace millrace::gateway
