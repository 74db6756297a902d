#include "routing/matcher.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "routing/path.hpp"

namespace millrace::routing {

namespace {

using project::ParameterKind;

constexpr std::uint32_t kNone = 0xffffffff;
constexpr std::size_t kAtEnd = std::string_view::npos;

struct Node {
  /// The child for [single].
  std::uint32_t single = kNone;
  /// The route that ends here, or the one that takes all segments from here on.
  std::uint32_t route = kNone;
  std::uint32_t catch_all = kNone;
  std::uint32_t optional_catch_all = kNone;
  bool has_literals = false;
};

/// A literal segment below a node.
struct Literal {
  std::uint32_t parent = kNone;
  std::uint32_t child = kNone;
  std::size_t hash = 0;
  std::string text;
};

/// The positions of a route's parameters in its path.
struct Captures {
  std::vector<std::uint32_t> segments;
  /// Whether the last one takes the rest of the path.
  bool takes_rest = false;
};

std::size_t hash_of(std::uint32_t parent, std::string_view segment) {
  return std::hash<std::string_view>{}(segment) ^ (parent * std::size_t{0x9e3779b97f4a7c15U});
}

/// Returns the end of the segment that begins at `begin`.
std::size_t end_of(std::string_view path, std::size_t begin) {
  const std::size_t slash = path.find('/', begin);
  return slash == std::string_view::npos ? path.size() : slash;
}

/// Returns the beginning of the segment after the one that ends at `end`.
std::size_t next_of(std::string_view path, std::size_t end) {
  return end == path.size() ? kAtEnd : end + 1;
}

/// Whether clients cannot request a route: a page that is only shown in place of one that fails. Beside
/// the App Router, that is the page for failures, too.
bool is_failure_page(const project::Route& route, bool has_app_pages) {
  return route.kind == project::RouterKind::page &&
         (route.path == "/_error" || (has_app_pages && route.path == "/500"));
}

}  // namespace

struct Matcher::Trie {
  std::vector<Node> nodes;
  /// Open addressing over `literals`, kNone where free; the size is a power of two.
  std::vector<std::uint32_t> slots;
  std::vector<Literal> literals;
  std::vector<Captures> captures;

  explicit Trie(std::span<const project::Route> routes);

  /// Separate from find(): only the builder grows the table.
  std::uint32_t literal_below(std::uint32_t parent, std::string_view segment);
  void insert(std::uint32_t number, const project::Route& route);
  void grow();

  [[nodiscard]] std::uint32_t find_literal(std::uint32_t parent, std::string_view segment) const;
  /// Returns the route for the segments from `begin` on, or kNone. The depth is bounded by the
  /// deepest route.
  [[nodiscard]] std::uint32_t find(std::uint32_t at, std::string_view path,
                                   std::size_t begin) const;
};

Matcher::Trie::Trie(std::span<const project::Route> routes) : nodes(1), slots(16, kNone) {
  captures.reserve(routes.size());
  const bool has_app_pages = std::any_of(
      routes.begin(), routes.end(),
      [](const project::Route& route) { return route.kind == project::RouterKind::app_page; });
  for (const project::Route& route : routes) {
    if (is_failure_page(route, has_app_pages)) {
      captures.emplace_back();
    } else {
      insert(static_cast<std::uint32_t>(captures.size()), route);
    }
  }
}

void Matcher::Trie::grow() {
  slots.assign(slots.size() * 2, kNone);
  for (std::uint32_t number = 0; number < literals.size(); ++number) {
    std::size_t slot = literals[number].hash & (slots.size() - 1);
    while (slots[slot] != kNone) slot = (slot + 1) & (slots.size() - 1);
    slots[slot] = number;
  }
}

std::uint32_t Matcher::Trie::literal_below(std::uint32_t parent, std::string_view segment) {
  const std::uint32_t known = find_literal(parent, segment);
  if (known != kNone) return known;
  if (literals.size() * 2 >= slots.size()) grow();
  const auto child = static_cast<std::uint32_t>(nodes.size());
  nodes.emplace_back();
  nodes[parent].has_literals = true;
  const std::size_t hash = hash_of(parent, segment);
  std::size_t slot = hash & (slots.size() - 1);
  while (slots[slot] != kNone) slot = (slot + 1) & (slots.size() - 1);
  slots[slot] = static_cast<std::uint32_t>(literals.size());
  literals.push_back(
      {.parent = parent, .child = child, .hash = hash, .text = std::string(segment)});
  return child;
}

void Matcher::Trie::insert(std::uint32_t number, const project::Route& route) {
  Captures& mine = captures.emplace_back();
  std::uint32_t at = 0;
  std::uint32_t place = 0;
  std::uint32_t Node::*end = &Node::route;
  for (const std::string_view segment : project::segments_of(route.path)) {
    const auto parameter = project::parameter_of(segment);
    if (!parameter) {
      at = literal_below(at, segment);
    } else {
      mine.segments.push_back(place);
      if (parameter->kind != ParameterKind::single) {
        mine.takes_rest = true;
        end = parameter->kind == ParameterKind::catch_all ? &Node::catch_all
                                                          : &Node::optional_catch_all;
        break;
      }
      if (nodes[at].single == kNone) {
        nodes[at].single = static_cast<std::uint32_t>(nodes.size());
        nodes.emplace_back();
      }
      at = nodes[at].single;
    }
    ++place;
  }
  std::uint32_t& taken = nodes[at].*end;
  if (taken == kNone) taken = number;
}

std::uint32_t Matcher::Trie::find_literal(std::uint32_t parent, std::string_view segment) const {
  const std::size_t hash = hash_of(parent, segment);
  for (std::size_t slot = hash & (slots.size() - 1); slots[slot] != kNone;
       slot = (slot + 1) & (slots.size() - 1)) {
    const Literal& literal = literals[slots[slot]];
    if (literal.hash == hash && literal.parent == parent && literal.text == segment) {
      return literal.child;
    }
  }
  return kNone;
}

std::uint32_t Matcher::Trie::find(std::uint32_t at, std::string_view path,
                                  std::size_t begin) const {
  const Node& node = nodes[at];
  if (begin == kAtEnd) return node.route != kNone ? node.route : node.optional_catch_all;
  const std::size_t end = end_of(path, begin);
  const std::size_t next = next_of(path, end);
  if (node.has_literals) {
    const std::uint32_t child = find_literal(at, path.substr(begin, end - begin));
    if (child != kNone) {
      const std::uint32_t route = find(child, path, next);
      if (route != kNone) return route;
    }
  }
  // An empty segment is not a value: Next.js's pattern is "([^/]+?)".
  if (node.single != kNone && end > begin) {
    const std::uint32_t route = find(node.single, path, next);
    if (route != kNone) return route;
  }
  if (begin == path.size()) return kNone;
  return node.catch_all != kNone ? node.catch_all : node.optional_catch_all;
}

Matcher::Matcher(std::span<const project::Route> routes)
    : trie_(std::make_unique<const Trie>(routes)) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

bool Matcher::match(std::string_view path, Match& out) const {
  if (path.empty() || path.front() != '/') return false;
  std::size_t begin = path.size() == 1 ? kAtEnd : 1;
  out.route = trie_->find(0, path, begin);
  if (out.route == kNone) return false;

  out.parameters.clear();
  out.malformed = false;
  const Captures& captures = trie_->captures[out.route];
  std::uint32_t place = 0;
  for (const std::uint32_t wanted : captures.segments) {
    while (place < wanted) {
      begin = next_of(path, end_of(path, begin));
      ++place;
    }
    if (wanted != captures.segments.front()) out.parameters.push_back(' ');
    // Only an optional catch-all can be without a segment.
    if (begin == kAtEnd) break;
    const bool rest = captures.takes_rest && wanted == captures.segments.back();
    const std::size_t end = rest ? path.size() : end_of(path, begin);
    out.parameters.append(path.substr(begin, end - begin));
  }
  if (out.parameters.find('%') != std::string::npos) {
    out.malformed = !decodes_as_utf8(out.parameters);
  }
  return true;
}

}  // namespace millrace::routing
