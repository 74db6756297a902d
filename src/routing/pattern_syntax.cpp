#include "routing/pattern_syntax.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "routing/pattern_reader.hpp"

namespace millrace::routing {

namespace {

/// What \s stands for, to be put into a class.
constexpr std::u16string_view kSpaces =
    u"\\x{9}-\\x{D}\\x{20}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}"
    u"\\x{3000}\\x{FEFF}";

/// And what \S does.
constexpr std::u16string_view kNoSpaces =
    u"\\x{0}-\\x{8}\\x{E}-\\x{1F}\\x{21}-\\x{9F}\\x{A1}-\\x{167F}\\x{1681}-\\x{1FFF}"
    u"\\x{200B}-\\x{2027}\\x{202A}-\\x{202E}\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}"
    u"\\x{3001}-\\x{FEFE}\\x{FF00}-\\x{FFFF}";

constexpr std::u16string_view kWorkCalloutText = u"(?C0)";
constexpr std::u16string_view kRunCalloutText = u"(?C255)";
constexpr std::u16string_view kAny = u"[\\x{0}-\\x{FFFF}]";
constexpr std::u16string_view kNothing = u"(?!)";
constexpr std::u16string_view kDot = u"[^\\x{A}\\x{D}\\x{2028}\\x{2029}]";

/// Numbers of callouts up to here are those of groups.
constexpr std::uint32_t kMaxReferenced = kRunCallout - 1;

/// Whether a quantifier's maximum is zero.
bool repeats_never(std::u16string_view quantifier) {
  return quantifier.size() > 2 && !quantifier.ends_with(u",}") &&
         quantifier.find_first_not_of(u"{0,}") == std::u16string_view::npos;
}

/// Groups and their names, which decide what \1 and \k mean before the groups have been read.
struct Groups {
  std::uint32_t count = 0;
  std::vector<std::pair<std::string, std::uint32_t>> names;
};

Groups groups_of(std::u16string_view source) {
  Groups groups;
  PatternReader reader(source);
  bool in_class = false;
  while (!reader.at_end()) {
    const char16_t unit = reader.take();
    if (unit == u'\\' && !reader.at_end()) {
      reader.skip(1);
    } else if (in_class) {
      in_class = unit != u']';
    } else if (unit == u'[') {
      in_class = true;
    } else if (unit == u'(' && !reader.next_is(u"?")) {
      ++groups.count;
    } else if (unit == u'(' && reader.next_is(u"?<") && !reader.next_is(u"?<=") &&
               !reader.next_is(u"?<!")) {
      reader.skip(2);
      groups.names.emplace_back(reader.name(), ++groups.count);
    }
  }
  return groups;
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
    /// Where it begins in the result.
    std::size_t start;
    /// The number of the first group that it may hold.
    std::uint32_t first_group;
    /// Its own; 0 where it has none.
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
      out_ += kDot;
    } else if (unit == u'[') {
      character_class();
    } else {
      if (unit == u'{' && braces(reader_.rest()) > 0) reader_.fail("there is nothing to repeat");
      append_unit(unit);
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
      reader_.fail("a group that begins with (? and is none of (?: (?= (?! (?<= (?<! (?<name>");
    }
    open_.push_back(group);
  }

  void close_group() {
    if (open_.empty()) reader_.fail("a group is closed that is not open");
    atom_ = open_.back();
    open_.pop_back();
    out_ += u')';
    if (!atom_.is_look_behind) return quantifier();
    // JavaScript reads what is in it from right to left.
    std::fill(repeated_.begin() + atom_.first_group, repeated_.begin() + taken_ + 1, true);
    if (quantifier_size() > 0) reader_.fail("a look-behind cannot be repeated");
  }

  /// The size of the quantifier in braces that `text` begins with, without its opening brace; 0 for
  /// none, which makes the brace a letter.
  static std::size_t braces(std::u16string_view text) {
    constexpr std::u16string_view kDigits = u"0123456789";
    std::size_t end = std::min(text.find_first_not_of(kDigits), text.size());
    if (end == 0) return 0;
    if (text.substr(end).starts_with(u',')) {
      end = std::min(text.find_first_not_of(kDigits, end + 1), text.size());
    }
    return text.substr(end).starts_with(u'}') ? end + 1 : 0;
  }

  /// Of the quantifier that follows; 0 for none.
  [[nodiscard]] std::size_t quantifier_size() const {
    const std::u16string_view rest = reader_.rest();
    if (rest.starts_with(u'*') || rest.starts_with(u'+') || rest.starts_with(u'?')) return 1;
    if (!rest.starts_with(u'{')) return 0;
    const std::size_t size = braces(rest.substr(1));
    return size == 0 ? 0 : size + 1;
  }

  /// Whether the atom takes all that follows, or nearly so.
  [[nodiscard]] bool runs_to_the_end() const {
    const std::u16string_view atom = std::u16string_view(out_).substr(atom_.start);
    return atom == kDot || atom == kAny;
  }

  void quantifier() {
    const std::size_t size = quantifier_size();
    if (size == 0) return;
    const std::u16string_view text = reader_.rest().substr(0, size);
    reader_.skip(size);
    const bool is_lazy = reader_.take_if(u"?");
    if (repeats_never(text)) {
      // PCRE2 10.42 misjudges where a match may begin with something that may not be there.
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
    // A group that is repeated forgets in JavaScript what it held, and does not in PCRE2.
    std::fill(repeated_.begin() + atom_.first_group, repeated_.begin() + taken_ + 1, true);
  }

  void character_class() {
    if (reader_.take_if(u"^]")) {
      out_ += kAny;
      return;
    }
    if (reader_.take_if(u"]")) {
      out_ += kNothing;
      return;
    }
    out_ += reader_.take_if(u"^") ? u"[^" : u"[";
    while (!reader_.take_if(u"]")) {
      const auto first = class_item();
      if (!reader_.next_is(u"-") || reader_.next_is(u"-]")) {
        if (first) append_unit(*first);
        continue;
      }
      reader_.skip(1);
      const auto last = class_item();
      if (first && last) {
        if (*first > *last) reader_.fail("a range in a class is out of order");
        append_unit(*first);
        out_ += u'-';
        append_unit(*last);
        continue;
      }
      // "[\d-x]": there the hyphen means itself.
      append_unit(u'-');
      if (first) append_unit(*first);
      if (last) append_unit(*last);
    }
    out_ += u']';
  }

  /// One unit, or nothing where it was a set like \d, which then stands in the result.
  std::optional<char16_t> class_item() {
    if (reader_.at_end()) reader_.fail("a class is not closed");
    const char16_t unit = reader_.take();
    if (unit != u'\\') return unit;
    if (reader_.at_end()) reader_.fail("a backslash at the end");
    const char16_t letter = reader_.take();
    switch (letter) {
      case u's':
        out_ += kSpaces;
        return std::nullopt;
      case u'S':
        out_ += kNoSpaces;
        return std::nullopt;
      case u'd':
      case u'D':
      case u'w':
      case u'W':
        out_.append(1, u'\\').append(1, letter);
        return std::nullopt;
      case u'b':
        return u'\b';
      default:
        return escaped_unit(letter);
    }
  }

  Repeatable escape() {
    if (reader_.at_end()) reader_.fail("a backslash at the end");
    const char16_t letter = reader_.take();
    switch (letter) {
      case u'b':
      case u'B':
        out_.append(1, u'\\').append(1, letter);
        return Repeatable::no;
      case u'd':
      case u'D':
      case u'w':
      case u'W':
        out_.append(1, u'\\').append(1, letter);
        return Repeatable::yes;
      case u's':
        out_.append(u"[").append(kSpaces).append(u"]");
        return Repeatable::yes;
      case u'S':
        out_.append(u"[^").append(kSpaces).append(u"]");
        return Repeatable::yes;
      case u'k':
        if (groups_.names.empty()) break;
        if (!reader_.take_if(u"<")) reader_.fail("\\k without the name of a group");
        reference(named(reader_.name()));
        return Repeatable::yes;
      default:
        break;
    }
    if (letter >= u'1' && letter <= u'9') {
      if (const auto number = group_number(letter)) {
        reference(*number);
        return Repeatable::yes;
      }
    }
    append_unit(escaped_unit(letter));
    return Repeatable::yes;
  }

  /// Of "\12"; none where there are fewer groups, which makes it an octal code.
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
    if (number == 0) reader_.fail("a backreference to a group that there is not");
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
    // Both together, so that a quantifier repeats both.
    out_.append(u"(?:(?C").append(text).append(u")\\g{").append(text).append(u"})");
  }

  /// After a backslash: what is neither a set nor an assertion nor a reference.
  char16_t escaped_unit(char16_t letter) {
    switch (letter) {
      case u't':
        return u'\t';
      case u'n':
        return u'\n';
      case u'v':
        return u'\v';
      case u'f':
        return u'\f';
      case u'r':
        return u'\r';
      case u'c':
        if (reader_.at_end() || !is_letter(reader_.rest().front())) {
          reader_.fail("\\c without a letter");
        }
        return static_cast<char16_t>(reader_.take() % 32);
      case u'x':
        return static_cast<char16_t>(reader_.hex(2).value_or(letter));
      case u'u':
        return static_cast<char16_t>(reader_.hex(4).value_or(letter));
      default:
        break;
    }
    return is_octal(letter) ? octal(letter) : letter;
  }

  /// Up to three digits, and no more than 255.
  char16_t octal(char16_t first) {
    std::uint32_t value = first - u'0';
    for (int digit = 1; digit < 3 && !reader_.at_end(); ++digit) {
      const char16_t unit = reader_.rest().front();
      if (!is_octal(unit) || value * 8 > 255) break;
      value = value * 8 + (unit - u'0');
      reader_.skip(1);
    }
    return static_cast<char16_t>(value);
  }

  static std::u16string digits(std::uint32_t number) {
    const std::string text = std::to_string(number);
    return {text.begin(), text.end()};
  }

  /// Letters and digits as they are, everything else by its code.
  void append_unit(char16_t unit) {
    if (is_letter(unit) || is_digit(unit)) {
      out_ += unit;
      return;
    }
    constexpr std::u16string_view kDigits = u"0123456789ABCDEF";
    out_ += u"\\x{";
    for (int shift = 12; shift >= 0; shift -= 4) out_ += kDigits[(unit >> shift) & 0xF];
    out_ += u'}';
  }

  PatternReader reader_;
  Groups groups_;
  std::u16string out_;
  std::vector<Open> open_;
  /// Groups that have been opened so far.
  std::uint32_t taken_ = 0;
  /// What was read last, which a quantifier repeats.
  Open atom_{.start = 0, .first_group = 1};
  /// By number: whether what the group holds can differ from what it holds in JavaScript.
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
