#include "routing/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace millrace::routing {

namespace {

/// Steps of backtracking, and KiB of heap: far more than a sane pattern needs for one path.
constexpr std::uint32_t kMatchLimit = 200'000;
constexpr std::uint32_t kHeapLimit = 1024;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};

using MatchData = std::unique_ptr<pcre2_match_data, Deleter<pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Deleter<pcre2_match_context_free>>;
using CompiledCode = std::unique_ptr<pcre2_code, Deleter<pcre2_code_free>>;

PCRE2_SPTR units_of(std::string_view text) {
  static const unsigned char nothing = 0;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): PCRE2's own view of bytes
  return text.data() == nullptr ? &nothing : reinterpret_cast<PCRE2_SPTR>(text.data());
}

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return {text.begin(), std::find(text.begin(), text.end(), PCRE2_UCHAR{0})};
}

std::vector<std::pair<std::string, std::uint32_t>> names_of(const pcre2_code* code) {
  std::uint32_t count = 0;
  std::uint32_t entry_size = 0;
  PCRE2_SPTR table = nullptr;
  pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &count);
  std::vector<std::pair<std::string, std::uint32_t>> names;
  if (count == 0) return names;
  pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
  pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &table);
  for (std::uint32_t i = 0; i < count; ++i) {
    const PCRE2_SPTR entry = table + std::size_t{i} * entry_size;
    std::string name;
    for (const PCRE2_UCHAR* at = entry + 2; *at != 0; ++at) name += static_cast<char>(*at);
    names.emplace_back(std::move(name), (std::uint32_t{entry[0]} << 8U) | entry[1]);
  }
  std::sort(names.begin(), names.end(),
            [](const auto& a, const auto& b) { return a.second < b.second; });
  return names;
}

}  // namespace

struct Pattern::Code {
  CompiledCode code;
  MatchContext limits;
};

Pattern::Pattern(std::unique_ptr<Code> code)
    : code_(std::move(code)), names_(names_of(code_->code.get())) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

base::Result<Pattern> Pattern::compile(std::string_view expression, Case matching) {
  std::uint32_t options =
      PCRE2_ALT_BSUX | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
  if (matching == Case::insensitive) options |= PCRE2_CASELESS;
  int error = 0;
  PCRE2_SIZE place = 0;
  CompiledCode code(
      pcre2_compile(units_of(expression), expression.size(), options, &error, &place, nullptr));
  if (!code) {
    return base::Error(base::ErrorCode::invalid,
                       "the pattern " + std::string(expression) + " cannot be read: " +
                           message_of(error) + " (at character " + std::to_string(place) + ")");
  }
  // Where there is no JIT the interpreter matches.
  pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
  MatchContext limits(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(limits.get(), kMatchLimit);
  pcre2_set_heap_limit(limits.get(), kHeapLimit);
  auto held = std::make_unique<Code>();
  held->code = std::move(code);
  held->limits = std::move(limits);
  return Pattern(std::move(held));
}

std::optional<PatternMatch> Pattern::match(std::string_view subject) const {
  const MatchData data(pcre2_match_data_create_from_pattern(code_->code.get(), nullptr));
  const int found = pcre2_match(code_->code.get(), units_of(subject), subject.size(), 0, 0,
                                data.get(), code_->limits.get());
  if (found <= 0) return std::nullopt;
  const PCRE2_SIZE* places = pcre2_get_ovector_pointer(data.get());
  const std::uint32_t count = pcre2_get_ovector_count(data.get());
  PatternMatch match{.whole = subject.substr(places[0], places[1] - places[0]), .groups = {}};
  match.groups.reserve(count - 1);
  for (std::uint32_t i = 1; i < count; ++i) {
    const PCRE2_SIZE begin = places[2 * std::size_t{i}];
    const PCRE2_SIZE end = places[2 * std::size_t{i} + 1];
    if (begin == PCRE2_UNSET || end < begin) {
      match.groups.emplace_back();
    } else {
      match.groups.emplace_back(subject.substr(begin, end - begin));
    }
  }
  return match;
}

}  // namespace millrace::routing
