// The header of the PROXY protocol: whatever it is cut into, it ends at the same byte with the same
// result, and it never takes more than its bound.
#include "net/proxy_header.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using millrace::net::ProxyHeader;
using State = ProxyHeader::State;

struct Result {
  State state = State::incomplete;
  std::size_t taken = 0;
  ProxyHeader header;
};

void read_in_pieces(std::string_view bytes, std::size_t piece, Result& result) {
  while (result.state == State::incomplete && !bytes.empty()) {
    std::size_t taken = 0;
    const std::string_view next = bytes.substr(0, piece);
    result.state = result.header.take(next, taken);
    if (taken > next.size()) std::abort();
    if (result.state == State::incomplete && taken != next.size()) std::abort();
    result.taken += taken;
    bytes.remove_prefix(taken);
  }
  if (result.taken > ProxyHeader::kMost) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Result whole;
  Result pieces;
  read_in_pieces(bytes, bytes.size(), whole);
  read_in_pieces(bytes, 1 + *data % 32U, pieces);
  if (whole.state != pieces.state || whole.taken != pieces.taken) std::abort();
  const auto& one = whole.header.source();
  const auto& other = pieces.header.source();
  if (one.has_value() != other.has_value()) std::abort();
  if (one && (one->address != other->address || one->port != other->port)) std::abort();
  return 0;
}
