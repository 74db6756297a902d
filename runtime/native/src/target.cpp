#include "target.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::native {

namespace {

constexpr std::string_view kRewrittenQuery = "x-millrace-query: ";

using Pair = std::pair<std::string_view, std::string_view>;

std::vector<Pair> pairs_of(std::string_view query) {
  std::vector<Pair> pairs;
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view text = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    if (text.empty()) continue;
    const std::size_t equals = text.find('=');
    pairs.emplace_back(text.substr(0, equals), equals == std::string_view::npos
                                                   ? std::string_view()
                                                   : text.substr(equals + 1));
  }
  return pairs;
}

/// Names that stand apart are brought together, each where it stood first.
std::string grouped(const std::vector<Pair>& pairs, std::span<const Segment> segments) {
  std::vector<std::string_view> done;
  std::string text;
  for (const auto& [name, unused] : pairs) {
    if (std::find(done.begin(), done.end(), name) != done.end()) continue;
    done.push_back(name);
    const bool is_segment = std::any_of(segments.begin(), segments.end(),
                                        [name = name](const Segment& s) { return s.name == name; });
    if (is_segment) continue;
    for (const auto& [other, value] : pairs) {
      if (other != name) continue;
      if (!text.empty()) text += '&';
      text.append(other).append("=").append(value);
    }
  }
  return text;
}

std::optional<std::string_view> rewritten_query(std::string_view fields) {
  if (!fields.starts_with(kRewrittenQuery)) return std::nullopt;
  return fields.substr(kRewrittenQuery.size(), fields.find("\r\n") - kRewrittenQuery.size());
}

/// "a[]=1" stands for one value of a list.
std::string as_form(std::string_view rewritten) {
  std::string text;
  for (auto [name, value] : pairs_of(rewritten)) {
    if (name.ends_with("[]")) name.remove_suffix(2);
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

}  // namespace

std::string target_of(const link::InvokeView& invoke, std::span<const Segment> segments,
                      std::string_view base_path) {
  std::string_view path = invoke.target;
  std::string_view query;
  const std::size_t mark = path.find('?');
  if (mark != std::string_view::npos) {
    query = path.substr(mark + 1);
    path = path.substr(0, mark);
  }
  if (!base_path.empty() && path.starts_with(base_path)) path.remove_prefix(base_path.size());
  std::string target;
  target.reserve(invoke.target.size() + 1);
  if (!path.starts_with('/')) target += '/';
  target += path;
  const auto rewritten = rewritten_query(invoke.fields);
  if (!rewritten && query.empty()) return target;
  const std::string text = rewritten ? as_form(*rewritten) : grouped(pairs_of(query), segments);
  if (!text.empty()) target.append("?").append(text);
  return target;
}

std::string_view without_internal_fields(std::string_view fields) {
  if (rewritten_query(fields)) fields.remove_prefix(fields.find("\r\n") + 2);
  return fields;
}

}  // namespace millrace::native
