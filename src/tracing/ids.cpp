#include "tracing/ids.hpp"

#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <span>

namespace millrace::tracing {

namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

/// Reads lower-case digits, as the specification demands; returns false for any other text.
bool read_hex(std::string_view text, std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit_of(text[2 * i]);
    const int low = digit_of(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) == sizeof seed) return seed;
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

}  // namespace

std::optional<SpanContext> parse_traceparent(std::string_view value) {
  // "00-<32 digits>-<16 digits>-<2 digits>"; later versions may append more.
  constexpr std::size_t kLength = 55;
  if (value.size() < kLength) return std::nullopt;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  SpanContext context;
  const bool formed = value[2] == '-' && value[35] == '-' && value[52] == '-' &&
                      read_hex(value, version) && read_hex(value.substr(3), context.trace) &&
                      read_hex(value.substr(36), context.span) && read_hex(value.substr(53), flags);
  if (!formed || version[0] == 0xff || is_zero(context.trace) || is_zero(context.span)) {
    return std::nullopt;
  }
  const bool has_more = value.size() > kLength;
  if (has_more && (version[0] == 0 || value[kLength] != '-')) return std::nullopt;
  context.sampled = (flags[0] & 1U) != 0;
  return context;
}

void append_traceparent(std::string& text, const SpanContext& context) {
  text += "00-";
  append_hex(text, context.trace);
  text += '-';
  append_hex(text, context.span);
  text += context.sampled ? "-01" : "-00";
}

IdSource::IdSource() : random_(random_seed()) {}

SpanId IdSource::make_span() {
  SpanId id{};
  std::uint64_t bits = 0;
  // An id must not be zero.
  while (bits == 0) bits = random_();
  std::memcpy(id.data(), &bits, sizeof bits);
  return id;
}

TraceId IdSource::make_trace() {
  TraceId id{};
  for (const std::size_t half : {std::size_t{0}, std::size_t{8}}) {
    const SpanId part = make_span();
    std::copy(part.begin(), part.end(), id.begin() + half);
  }
  return id;
}

}  // namespace millrace::tracing
