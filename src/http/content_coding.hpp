// Content codings (RFC 9110 §8.4.1): their names, and which one a client gets by its Accept-Encoding
// (§12.5.3).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace millrace::http {

enum class Coding : std::uint8_t { identity, gzip, deflate, zstd, br };

/// Returns the name for Content-Encoding.
[[nodiscard]] std::string_view to_string(Coding coding);

/// Returns the coding of that name, which is in lower case; nothing for another text.
[[nodiscard]] std::optional<Coding> coding_of(std::string_view name);

/// Chooses the coding for an Accept-Encoding field as `next start` does: gzip before deflate,
/// identity where the client accepts neither.
[[nodiscard]] Coding negotiate_coding(std::string_view accept_encoding);

/// A set of codings.
class CodingSet {
 public:
  void add(Coding coding) { bits_ |= bit(coding); }
  void remove(Coding coding) { bits_ &= ~bit(coding); }
  [[nodiscard]] bool has(Coding coding) const { return (bits_ & bit(coding)) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }

 private:
  [[nodiscard]] static unsigned bit(Coding coding) { return 1U << static_cast<unsigned>(coding); }

  unsigned bits_ = 0;
};

/// Chooses the coding that an Accept-Encoding field weighs most, of those in `available` that
/// `order` names: of equal ones the first in `order`, identity last. Returns identity where the
/// client accepts none of them. `order` does not name identity.
[[nodiscard]] Coding negotiate_coding(std::string_view accept_encoding,
                                      std::span<const Coding> order, CodingSet available);

/// Returns whether the client does not accept a body without a coding: `identity;q=0`, or `*;q=0`
/// without an item for identity.
[[nodiscard]] bool refuses_identity(std::string_view accept_encoding);

}  // namespace millrace::http
