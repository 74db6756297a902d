#include "routing/accept_language.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/ascii.hpp"

namespace millrace::routing {

namespace {

constexpr std::size_t kNoPreference = std::numeric_limits<std::size_t>::max();
constexpr double kLowestQuality = 0.001;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), base::to_lower);
  return result;
}

/// What a language in the field can stand for.
class Preferences {
 public:
  explicit Preferences(std::span<const std::string> locales) {
    std::size_t place = 0;
    for (const std::string& locale : locales) {
      const std::string name = lower(locale);
      set(name, locale, place++);
      for (std::size_t end = name.rfind('-'); end != std::string::npos;
           end = name.rfind('-', end)) {
        const std::string prefix = name.substr(0, end);
        if (by_name_.find(prefix) == by_name_.end()) set(prefix, locale, place++);
        if (end == 0) break;
        --end;
      }
    }
  }

  struct Entry {
    std::string_view locale;
    std::size_t place = 0;
  };

  [[nodiscard]] const Entry* find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &found->second;
  }

  /// The first locale for which no name is in `named`; empty if there is none.
  [[nodiscard]] std::string_view first_besides(const std::unordered_set<std::string>& named) const {
    for (const std::string& name : names_) {
      if (!named.contains(name)) return by_name_.at(name).locale;
    }
    return {};
  }

 private:
  void set(const std::string& name, std::string_view locale, std::size_t place) {
    if (by_name_.insert_or_assign(name, Entry{.locale = locale, .place = place}).second) {
      names_.push_back(name);
    }
  }

  std::unordered_map<std::string, Entry> by_name_;
  /// In the order of their first occurrence.
  std::vector<std::string> names_;
};

struct Choice {
  std::string name;
  double quality = 1;
  std::size_t preference = kNoPreference;
};

/// Splits off what precedes the next `separator`.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// Reads "q=0.5" as JavaScript's parseFloat does. Returns nothing if it is no quality.
std::optional<double> quality_of(std::string_view parameter) {
  std::string_view value = parameter;
  const std::string_view key = take_until(value, '=');
  const std::string_view number = value.substr(0, value.find('='));
  if (number.empty() || (key != "q" && key != "Q")) return std::nullopt;
  double quality = 1;
  const std::string_view digits = number.starts_with('+') ? number.substr(1) : number;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), quality);
  if (failed != std::errc() || !std::isfinite(quality)) return 1;
  if (quality == 0) return 0;
  return quality >= kLowestQuality && quality <= 1 ? quality : 1;
}

/// Returns nothing for an invalid field.
std::optional<std::vector<Choice>> choices_in(std::string_view field,
                                              const Preferences& preferences,
                                              std::unordered_set<std::string>& named) {
  std::vector<Choice> choices;
  while (!field.empty()) {
    std::string_view parameter = take_until(field, ',');
    if (parameter.empty()) continue;
    const bool has_parameter = parameter.find(';') != std::string_view::npos;
    Choice choice{.name = lower(take_until(parameter, ';'))};
    if (choice.name.empty() || parameter.find(';') != std::string_view::npos) return std::nullopt;
    if (const auto* const entry = preferences.find(choice.name)) choice.preference = entry->place;
    named.insert(choice.name);
    if (has_parameter) {
      const auto quality = quality_of(parameter);
      if (!quality) return std::nullopt;
      if (*quality == 0) continue;
      choice.quality = *quality;
    }
    choices.push_back(std::move(choice));
  }
  return choices;
}

}  // namespace

std::string_view preferred_locale(std::string_view field, std::span<const std::string> locales) {
  std::string text(field);
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
  const Preferences preferences(locales);
  std::unordered_set<std::string> named;
  auto choices = choices_in(text, preferences, named);
  if (!choices) return {};
  std::stable_sort(choices->begin(), choices->end(), [](const Choice& a, const Choice& b) {
    return a.quality != b.quality ? a.quality > b.quality : a.preference < b.preference;
  });
  for (const Choice& choice : *choices) {
    if (choice.name == "*") {
      if (const std::string_view other = preferences.first_besides(named); !other.empty()) {
        return other;
      }
    } else if (const auto* const entry = preferences.find(choice.name)) {
      return entry->locale;
    }
  }
  return {};
}

}  // namespace millrace::routing
