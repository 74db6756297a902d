#include "routing/pattern.hpp"

#define PCRE2_CODE_UNIT_WIDTH 16
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "routing/pattern_syntax.hpp"

namespace millrace::routing {

namespace {

/// Backtracking steps, and groups that are entered. See also Work.
constexpr std::uint32_t kMatchLimit = 1'000'000;
/// In KiB, for the interpreter: a path of 16 KiB of one-letter segments needs 4 MB.
constexpr std::uint32_t kHeapLimit = 16 * 1024;
/// In bytes, for compiled code, which needs 256 KB for that path.
constexpr std::size_t kFirstStack = std::size_t{64} * 1024;
constexpr std::size_t kMaxStack = std::size_t{4} * 1024 * 1024;

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
using JitStack = std::unique_ptr<pcre2_jit_stack, Deleter<pcre2_jit_stack_free>>;

PCRE2_SPTR units_of(std::u16string_view text) {
  static_assert(sizeof(char16_t) == sizeof(PCRE2_UCHAR));
  static const char16_t nothing = 0;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): PCRE2's own view of units
  return reinterpret_cast<PCRE2_SPTR>(text.data() == nullptr ? &nothing : text.data());
}

std::string message_of(int code) {
  if (code == PCRE2_ERROR_CALLOUT || code == PCRE2_ERROR_MATCHLIMIT) {
    return "matching takes too much work";
  }
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return {text.begin(), std::find(text.begin(), text.end(), PCRE2_UCHAR{0})};
}

/// Work counts what PCRE2's match limit does not: the limit counts steps, but in one step the
/// compiled code may run over the subject repeatedly. Callouts mark these runs and add their
/// lengths.
struct Work {
  std::size_t done = 0;
  PCRE2_SIZE place = 0;
};

/// The number of letters in a run that cost as much as one step.
constexpr std::size_t kLettersOfRun = 8;

int count_work(pcre2_callout_block* block, void* data) {
  Work& work = *static_cast<Work*>(data);
  const PCRE2_SIZE place = block->current_position;
  work.done += 1 + (place > work.place ? place - work.place : work.place - place);
  work.place = place;
  const std::size_t number = block->callout_number;
  if (number == kRunCallout) {
    work.done += (block->subject_length - place) / kLettersOfRun;
  } else if (number != kWorkCallout && number < block->capture_top) {
    // Before a backreference: the length of the text to compare.
    const PCRE2_SIZE begin = block->offset_vector[2 * number];
    const PCRE2_SIZE end = block->offset_vector[2 * number + 1];
    if (begin != PCRE2_UNSET && end > begin) work.done += end - begin;
  }
  return work.done > kMaxMatchWork ? PCRE2_ERROR_CALLOUT : 0;
}

}  // namespace

struct Pattern::Code {
  CompiledCode code;
  Case matching = Case::sensitive;

  /// Returns PCRE2's result; the offsets are in `data`.
  [[nodiscard]] int run(std::u16string_view subject, Engine engine, pcre2_match_data* data) const;
};

int Pattern::Code::run(std::u16string_view subject, Engine engine, pcre2_match_data* data) const {
  Work work;
  const MatchContext limits(pcre2_match_context_create(nullptr));
  if (!limits) return PCRE2_ERROR_NOMEMORY;
  pcre2_set_match_limit(limits.get(), kMatchLimit);
  pcre2_set_heap_limit(limits.get(), kHeapLimit);
  pcre2_set_callout(limits.get(), count_work, &work);
  const auto attempt = [&](std::uint32_t options) {
    work = Work();
    return pcre2_match(code.get(), units_of(subject), subject.size(), 0, options, data,
                       limits.get());
  };
  int found = attempt(engine == Engine::automatic ? 0 : PCRE2_NO_JIT);
  if (found != PCRE2_ERROR_JIT_STACKLIMIT) return found;
  // The 32 KB of the machine stack are not enough, for example for a path of a thousand segments.
  const JitStack stack(pcre2_jit_stack_create(kFirstStack, kMaxStack, nullptr));
  if (stack) {
    pcre2_jit_stack_assign(limits.get(), nullptr, stack.get());
    found = attempt(0);
  }
  return found == PCRE2_ERROR_JIT_STACKLIMIT ? attempt(PCRE2_NO_JIT) : found;
}

Pattern::Pattern(std::unique_ptr<Code> code,
                 std::vector<std::pair<std::string, std::uint32_t>> names)
    : code_(std::move(code)), names_(std::move(names)) {}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

base::Result<Pattern> Pattern::compile(std::string_view expression, Case matching) {
  const auto refuse = [expression](const std::string& why) {
    return base::Error(base::ErrorCode::invalid,
                       "the pattern " + std::string(expression) + " cannot be compiled: " + why);
  };
  auto translated = translate_pattern(utf16_of(expression, Encoding::utf8).units);
  if (!translated) return refuse(translated.error().message());
  const std::u16string& text = translated->expression;
  std::uint32_t options =
      PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF | PCRE2_NEVER_BACKSLASH_C;
  if (matching == Case::insensitive) options |= PCRE2_CASELESS;
  int error = 0;
  PCRE2_SIZE place = 0;
  auto held = std::make_unique<Code>();
  held->matching = matching;
  held->code.reset(pcre2_compile(units_of(text), text.size(), options, &error, &place, nullptr));
  if (!held->code) return refuse(message_of(error));
  // Where JIT compilation is not available, the interpreter matches.
  pcre2_jit_compile(held->code.get(), PCRE2_JIT_COMPLETE);
  return Pattern(std::move(held), std::move(translated->names));
}

Decision<PatternMatch> Pattern::match(std::string_view subject, Encoding encoding,
                                      Engine engine) const {
  const Utf16Text text = utf16_of(subject, encoding);
  const auto is_foreign = [](char16_t unit) { return unit >= 0x80; };
  if (code_->matching == Case::insensitive &&
      std::any_of(text.units.begin(), text.units.end(), is_foreign)) {
    return CannotTell{"case-insensitive patterns compare only ASCII"};
  }
  const MatchData data(pcre2_match_data_create_from_pattern(code_->code.get(), nullptr));
  const int found = data ? code_->run(text.units, engine, data.get()) : PCRE2_ERROR_NOMEMORY;
  if (found == PCRE2_ERROR_NOMATCH) return No();
  if (found <= 0) return CannotTell{message_of(found)};
  const PCRE2_SIZE* places = pcre2_get_ovector_pointer(data.get());
  const auto piece = [&](std::size_t group) {
    const std::size_t begin = text.place(places[2 * group]);
    return subject.substr(begin, text.place(places[2 * group + 1]) - begin);
  };
  PatternMatch match{.whole = piece(0), .groups = {}};
  const std::uint32_t count = pcre2_get_ovector_count(data.get());
  match.groups.reserve(count - 1);
  for (std::size_t group = 1; group < count; ++group) {
    const bool took_part =
        places[2 * group] != PCRE2_UNSET && places[2 * group + 1] >= places[2 * group];
    match.groups.push_back(took_part ? std::optional(piece(group)) : std::nullopt);
  }
  return match;
}

}  // namespace millrace::routing
