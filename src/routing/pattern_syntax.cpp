#include "routing/pattern_syntax.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "routing/pattern_groups.hpp"
#include "routing/pattern_reader.hpp"
#include "routing/pattern_units.hpp"

namespace millrace::routing {

namespace {

constexpr std::u16string_view kWorkCalloutText = u"(?C0)";
constexpr std::u16string_view kRunCalloutText = u"(?C255)";

/// Callout numbers up to this one are group numbers.
constexpr std::uint32_t kMaxReferenced = kRunCallout - 1;

/// Returns whether a quantifier's maximum is zero.
bool repeats_never(std::u16string_view quantifier) {
  return quantifier.size() > 2 && !quantifier.ends_with(u",}") &&
         quantifier.find_first_not_of(u"{0,}") == std::u16string_view::npos;
}

class Translation {
 public:
  explicit Translation(std::u16string_view source)
      : reader_(source), groups_(groups_of(source)), repeated_(groups_.count + 1) {}

  TranslatedPattern run() {
    while (!reader_.at_end()) term(reader_.take());
    if (!open_.empty()) reader_.fail("a group is not closed");
    for (const std::uint32_t number : referenced_) {
      if (repeated_[number]) {
        reader_.fail("a backreference to a group that is repeated is not supported");
      }
    }
    return {.expression = std::move(out_), .names = std::move(groups_.names)};
  }

 private:
  enum class Repeatable : std::uint8_t { no, yes };

  struct Open {
    /// Its beginning in the output.
    std::size_t start;
    /// The number of the first group that it can contain.
    std::uint32_t first_group;
    /// Its own group number; 0 where it has none.
    std::uint32_t number = 0;
    bool is_look_behind = false;
    bool is_group = true;
  };

  void term(char16_t unit) {
    switch (unit) {
      case u'^':
        out_ += u"\\A";
        return;
      case u'$':
        out_ += u"\\z";
        return;
      case u'|':
        out_ += u'|';
        return;
      case u'(':
        return open_group();
      case u')':
        return close_group();
      case u'*':
      case u'+':
      case u'?':
        return reader_.fail("there is nothing to repeat");
      default:
        break;
    }
    atom_ = {.start = out_.size(), .first_group = taken_ + 1, .is_group = false};
    if (unit == u'\\') {
      if (escape() == Repeatable::no) return;
    } else if (unit == u'.') {
      out_ += kAllButLineEnds;
    } else if (unit == u'[') {
      append_class(out_, reader_);
    } else {
      if (unit == u'{' && braces(reader_.rest()) > 0) reader_.fail("there is nothing to repeat");
      append_unit(out_, unit);
    }
    quantifier();
  }

  void open_group() {
    Open group{.start = out_.size(), .first_group = taken_ + 1};
    if (!reader_.take_if(u"?")) {
      group.number = ++taken_;
      out_ += u'(';
    } else if (reader_.take_if(u":")) {
      out_ += u"(?:";
    } else if (reader_.take_if(u"=")) {
      out_ += u"(?=";
    } else if (reader_.take_if(u"!")) {
      out_ += u"(?!";
    } else if (reader_.next_is(u"<=") || reader_.next_is(u"<!")) {
      reader_.skip(1);
      out_.append(u"(?<").append(1, reader_.take());
      group.is_look_behind = true;
    } else if (reader_.take_if(u"<")) {
      reader_.name();
      group.number = ++taken_;
      out_ += u'(';
    } else {
      reader_.fail("a group that begins with (? but not with (?: (?= (?! (?<= (?<! or (?<name>");
    }
    open_.push_back(group);
  }

  void close_group() {
    if (open_.empty()) reader_.fail("an unmatched closing parenthesis");
    atom_ = open_.back();
    open_.pop_back();
    out_ += u')';
    if (!atom_.is_look_behind) return quantifier();
    // JavaScript matches the content of a look-behind from right to left.
    std::fill(repeated_.begin() + atom_.first_group, repeated_.begin() + taken_ + 1, true);
    if (quantifier_size() > 0) reader_.fail("a look-behind cannot be repeated");
  }

  /// Returns the size of the braced quantifier that `text` begins with, without its opening brace;
  /// 0 where there is none and the brace is a literal.
  static std::size_t braces(std::u16string_view text) {
    constexpr std::u16string_view kDigits = u"0123456789";
    std::size_t end = std::min(text.find_first_not_of(kDigits), text.size());
    if (end == 0) return 0;
    if (text.substr(end).starts_with(u',')) {
      end = std::min(text.find_first_not_of(kDigits, end + 1), text.size());
    }
    return text.substr(end).starts_with(u'}') ? end + 1 : 0;
  }

  /// Returns the size of the quantifier that follows; 0 for none.
  [[nodiscard]] std::size_t quantifier_size() const {
    const std::u16string_view rest = reader_.rest();
    if (rest.starts_with(u'*') || rest.starts_with(u'+') || rest.starts_with(u'?')) return 1;
    if (!rest.starts_with(u'{')) return 0;
    const std::size_t size = braces(rest.substr(1));
    return size == 0 ? 0 : size + 1;
  }

  /// Returns whether the atom matches (nearly) every unit.
  [[nodiscard]] bool runs_to_the_end() const {
    const std::u16string_view atom = std::u16string_view(out_).substr(atom_.start);
    return atom == kAllButLineEnds || atom == kAnyUnit;
  }

  void quantifier() {
    const std::size_t size = quantifier_size();
    if (size == 0) return;
    const std::u16string_view text = reader_.rest().substr(0, size);
    reader_.skip(size);
    const bool is_lazy = reader_.take_if(u"?");
    if (repeats_never(text)) {
      // PCRE2 10.42 computes the wrong start of a match that begins with an optional atom.
      out_.resize(atom_.start);
      out_ += u"(?:(?!)";
      for (std::uint32_t group = atom_.first_group; group <= taken_; ++group) out_ += u"()";
      out_ += u"|)";
    } else if (is_lazy || atom_.is_group || text == u"?") {
      // PCRE2 counts each step of these itself.
      out_.append(text).append(is_lazy ? u"?" : u"");
    } else if (runs_to_the_end()) {
      out_.insert(atom_.start, kRunCalloutText).append(text);
    } else {
      out_.append(text).append(kWorkCalloutText);
    }
    // In JavaScript a repeated group loses its capture with each repetition, in PCRE2 it does not.
    std::fill(repeated_.begin() + atom_.first_group, repeated_.begin() + taken_ + 1, true);
  }

  Repeatable escape() {
    if (reader_.at_end()) reader_.fail("a backslash at the end");
    const char16_t letter = reader_.take();
    if (letter == u'b' || letter == u'B') {
      out_.append(1, u'\\').append(1, letter);
      return Repeatable::no;
    }
    if (append_set(out_, letter)) return Repeatable::yes;
    if (letter == u'k' && !groups_.names.empty()) {
      if (!reader_.take_if(u"<")) reader_.fail("\\k without a group name");
      reference(named(reader_.name()));
      return Repeatable::yes;
    }
    if (letter >= u'1' && letter <= u'9') {
      if (const auto number = group_number(letter)) {
        reference(*number);
        return Repeatable::yes;
      }
    }
    append_unit(out_, read_escaped_unit(reader_, letter));
    return Repeatable::yes;
  }

  /// Reads the rest of "\12"; returns nothing where there are fewer groups, which makes it an octal
  /// escape.
  std::optional<std::uint32_t> group_number(char16_t first) {
    std::uint32_t number = first - u'0';
    std::size_t size = 0;
    const std::u16string_view rest = reader_.rest();
    while (size < rest.size() && is_digit(rest[size]) && number <= groups_.count) {
      number = number * 10 + (rest[size++] - u'0');
    }
    if (number > groups_.count) return std::nullopt;
    reader_.skip(size);
    return number;
  }

  [[nodiscard]] std::uint32_t named(const std::string& name) const {
    std::uint32_t number = 0;
    for (const auto& [known, group] : groups_.names) {
      if (known != name) continue;
      if (number != 0) reader_.fail("a backreference to a name that two groups have");
      number = group;
    }
    if (number == 0) reader_.fail("a backreference to a group that does not exist");
    return number;
  }

  void reference(std::uint32_t number) {
    const auto is_inside = [number](const Open& group) {
      return group.is_look_behind || group.number == number;
    };
    if (number > kMaxReferenced || std::any_of(open_.begin(), open_.end(), is_inside)) {
      reader_.fail(
          "a backreference in a look-behind, in its own group or to one above 254 is not "
          "supported");
    }
    referenced_.push_back(number);
    const std::u16string text = digits(number);
    // Both form one group, so that a quantifier repeats both.
    out_.append(u"(?:(?C").append(text).append(u")\\g{").append(text).append(u"})");
  }

  static std::u16string digits(std::uint32_t number) {
    const std::string text = std::to_string(number);
    return {text.begin(), text.end()};
  }

  PatternReader reader_;
  PatternGroups groups_;
  std::u16string out_;
  std::vector<Open> open_;
  /// The number of groups opened so far.
  std::uint32_t taken_ = 0;
  /// The element that was read last, which a quantifier repeats.
  Open atom_{.start = 0, .first_group = 1};
  /// By group number: whether the capture can differ from that in JavaScript.
  std::vector<bool> repeated_;
  std::vector<std::uint32_t> referenced_;
};

}  // namespace

base::Result<TranslatedPattern> translate_pattern(std::u16string_view source) {
  try {
    return Translation(source).run();
  } catch (const PatternFailure& failure) {
    return base::Error(base::ErrorCode::invalid, std::string(failure.what()) + " (at character " +
                                                     std::to_string(failure.place()) + ")");
  }
}

}  // namespace millrace::routing
