#include "routing/query.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ascii.hpp"
#include "routing/url_text.hpp"

namespace millrace::routing {

namespace {

constexpr std::uint64_t kNoIndex = std::numeric_limits<std::uint64_t>::max();
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Decodes application/x-www-form-urlencoded: "+" is a space, malformed escapes stay.
std::string form_decode(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    const int high = c == '%' && at + 2 < text.size() ? base::hex_digit(text[at + 1]) : -1;
    const int low = high >= 0 ? base::hex_digit(text[at + 2]) : -1;
    if (low >= 0) {
      bytes.push_back(static_cast<char>(high * 16 + low));
      at += 2;
    } else {
      bytes.push_back(c == '+' ? ' ' : c);
    }
  }
  return bytes;
}

/// Replaces each maximal invalid part by U+FFFD, as the Encoding Standard decodes.
std::string mend_utf8(const std::string& bytes) {
  std::string out;
  std::size_t begin = 0;
  Utf8Check check;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const bool fresh = check.complete();
    if (!check.take(static_cast<unsigned char>(bytes[at]))) {
      out.append(kReplacement);
      check = Utf8Check();
      // A byte that interrupted a sequence may begin the next one.
      if (!fresh) --at;
      begin = at + 1;
    } else if (check.complete()) {
      out.append(bytes, begin, at + 1 - begin);
      begin = at + 1;
    }
  }
  if (!check.complete()) out.append(kReplacement);
  return out;
}

std::uint64_t array_index(std::string_view name) {
  if (name.empty() || (name.size() > 1 && name.front() == '0')) return kNoIndex;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  if (error != std::errc() || end != name.data() + name.size()) return kNoIndex;
  return value < std::numeric_limits<std::uint32_t>::max() ? value : kNoIndex;
}

}  // namespace

NamedValues read_query(std::string_view query) {
  std::vector<NamedValue> entries;
  std::unordered_map<std::string, std::size_t> places;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = mend_utf8(form_decode(pair.substr(0, equals)));
    const auto [place, fresh] = places.try_emplace(name, entries.size());
    if (fresh) entries.push_back({.name = name, .values = {}, .list = false});
    NamedValue& entry = entries[place->second];
    entry.values.push_back(mend_utf8(form_decode(pair.substr(std::min(equals + 1, pair.size())))));
    entry.list = entry.values.size() > 1;
  }
  std::stable_sort(entries.begin(), entries.end(), [](const NamedValue& a, const NamedValue& b) {
    return array_index(a.name) < array_index(b.name);
  });
  NamedValues values;
  for (NamedValue& entry : entries) values.append(std::move(entry));
  return values;
}

void append_component(std::string& out, std::string_view text) {
  constexpr std::string_view kMarks = "-_.!~*'()";
  for (const char c : text) {
    const char lower = base::to_lower(c);
    const bool plain = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
                       kMarks.find(c) != std::string_view::npos;
    if (plain) {
      out.push_back(c);
    } else {
      append_escape(out, static_cast<unsigned char>(c));
    }
  }
}

void append_query(std::string& out, const NamedValues& query) {
  bool first = true;
  for (const NamedValue& entry : query) {
    for (const std::string& value : entry.values) {
      if (!std::exchange(first, false)) out.push_back('&');
      append_component(out, entry.name);
      out.push_back('=');
      append_component(out, value);
    }
  }
}

void append_canonical_query(std::string& out, std::string_view query) {
  const NamedValues values = read_query(query);
  if (values.empty()) return;
  out.push_back('?');
  append_query(out, values);
}

void append_destination_query(std::string& out, const NamedValues& query,
                              const NamedValues& initial) {
  const auto is_initial = [&initial](const std::string& text) {
    return std::any_of(initial.begin(), initial.end(), [&text](const NamedValue& entry) {
      return entry.name == text ||
             std::find(entry.values.begin(), entry.values.end(), text) != entry.values.end();
    });
  };
  const auto append = [&](const std::string& text) {
    if (is_initial(text)) return append_component(out, text);
    out.append(text);
  };
  bool first = true;
  for (const NamedValue& entry : query) {
    for (const std::string& value : entry.values) {
      if (!std::exchange(first, false)) out.push_back('&');
      append(entry.name);
      out.push_back('=');
      append(value);
    }
  }
}

std::string canonical_parameters(std::string_view parameters) {
  std::string out;
  out.reserve(parameters.size());
  while (true) {
    const std::size_t end = parameters.find_first_of("/ ");
    append_component(out, base::percent_decoded(parameters.substr(0, end)));
    if (end == std::string_view::npos) return out;
    out += parameters[end];
    parameters.remove_prefix(end + 1);
  }
}

}  // namespace millrace::routing
