#include "project/route_order.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "project/route.hpp"

namespace millrace::project {

namespace {

using base::Error;
using base::ErrorCode;

struct Slug {
  std::string name;
  /// The file that used the name first.
  std::string file;
};

struct PathNode {
  std::map<std::string, std::unique_ptr<PathNode>, std::less<>> children;
  std::optional<std::size_t> place;
  std::optional<Slug> single;
  std::optional<Slug> rest;
  std::optional<Slug> optional_rest;
};

constexpr std::string_view kSingle = "[]";
constexpr std::string_view kRest = "[...]";
constexpr std::string_view kOptionalRest = "[[...]]";

Error at_files(ErrorCode code, std::string text, std::string_view file,
               std::string_view other = {}) {
  text.append("\n  ").append(file);
  if (!other.empty() && other != file) text.append("\n  ").append(other);
  return {code, std::move(text)};
}

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

/// The \w characters of a text.
std::string word_of(std::string_view text) {
  std::string word;
  for (const char c : text) {
    const bool in_word =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (in_word) word.push_back(c);
  }
  return word;
}

class Inserter {
 public:
  Inserter(PathNode& root, const Place& place) : at_(&root), place_(place) {}

  base::Result<void> insert(std::size_t number) {
    bool after_rest = false;
    for (const std::string_view segment : segments_of(place_.path)) {
      if (after_rest) {
        return at_files(ErrorCode::invalid, "Catch-all must be the last part of the URL.",
                        place_.file);
      }
      const bool dynamic = segment.starts_with('[') && segment.ends_with(']');
      std::string key(segment);
      if (dynamic) {
        if (auto error = take_slug(segment, key)) return *std::move(error);
        after_rest = key != kSingle;
      }
      std::unique_ptr<PathNode>& child = at_->children[key];
      if (!child) child = std::make_unique<PathNode>();
      at_ = child.get();
    }
    at_->place = number;
    return {};
  }

 private:
  /// Checks a [slug] segment and returns in `key` the child that it leads to.
  std::optional<Error> take_slug(std::string_view segment, std::string& key) {
    std::string_view name = segment.substr(1, std::max<std::size_t>(segment.size(), 2) - 2);
    const bool optional = name.size() > 1 && name.starts_with('[') && name.ends_with(']');
    if (optional) name = name.substr(1, name.size() - 2);
    if (name.starts_with("…")) {
      return invalid("Detected a three-dot character ('…') at (" + in_quotes(name) +
                     "). Did you mean ('...')?");
    }
    const bool rest = name.starts_with("...");
    if (rest) name.remove_prefix(3);
    if (name.starts_with('[') || name.ends_with(']')) {
      return invalid("Segment names may not start or end with extra brackets (" + in_quotes(name) +
                     ").");
    }
    if (name.starts_with('.')) {
      return invalid("Segment names may not start with erroneous periods (" + in_quotes(name) +
                     ").");
    }
    // Next.js accepts an empty name, which then matches nothing useful.
    if (name.empty()) return invalid("A segment has empty brackets (" + in_quotes(segment) + ").");
    if (optional && !rest) {
      return invalid("Optional route parameters are not yet supported (\"" + std::string(segment) +
                     "\").");
    }
    if (rest && optional && at_->rest) {
      return clash(
          "You cannot use both an required and optional catch-all route at the same level "
          "(\"[..." +
              at_->rest->name + "]\" and \"" + std::string(segment) + "\").",
          *at_->rest);
    }
    if (rest && !optional && at_->optional_rest) {
      return clash(
          "You cannot use both an optional and required catch-all route at the same level "
          "(\"[[..." +
              at_->optional_rest->name + "]]\" and \"" + std::string(segment) + "\").",
          *at_->optional_rest);
    }
    key = !rest ? kSingle : optional ? kOptionalRest : kRest;
    return name_slug(!rest      ? at_->single
                     : optional ? at_->optional_rest
                                : at_->rest,
                     name, segment);
  }

  /// Compares the name with the one used before at this place, and with those before it in the
  /// path.
  std::optional<Error> name_slug(std::optional<Slug>& slug, std::string_view name,
                                 std::string_view segment) {
    if (slug && slug->name != name) {
      return clash("You cannot use different slug names for the same dynamic path (" +
                       in_quotes(slug->name) + " !== " + in_quotes(name) + ").",
                   *slug);
    }
    for (const std::string& earlier : names_) {
      if (earlier == name) {
        return invalid("You cannot have the same slug name \"" + earlier +
                       "\" repeat within a single dynamic path");
      }
      if (word_of(earlier) == word_of(segment)) {
        return invalid("You cannot have the slug names \"" + earlier + "\" and \"" +
                       std::string(name) +
                       "\" differ only by non-word symbols within a single dynamic path");
      }
    }
    names_.emplace_back(name);
    if (!slug) slug = Slug{.name = std::string(name), .file = place_.file};
    return std::nullopt;
  }

  [[nodiscard]] Error invalid(std::string text) const {
    return at_files(ErrorCode::invalid, std::move(text), place_.file);
  }
  [[nodiscard]] Error clash(std::string text, const Slug& with) const {
    return at_files(ErrorCode::conflict, std::move(text), with.file, place_.file);
  }

  PathNode* at_;
  const Place& place_;
  std::vector<std::string> names_;
};

/// Appends the places below `node`: itself, literals in order, [single], [...rest], [[...rest]].
std::optional<Error> collect(const PathNode& node, std::span<const Place> places,
                             std::vector<std::size_t>& order) {
  if (node.place) {
    order.push_back(*node.place);
    if (node.optional_rest) {
      const Place& here = places[*node.place];
      const std::string prefix = here.path == "/" ? "/" : here.path;
      return at_files(ErrorCode::conflict,
                      "You cannot define a route with the same specificity as a optional "
                      "catch-all route (\"" +
                          prefix + "\" and \"" + prefix + "[[..." + node.optional_rest->name +
                          "]]\").",
                      here.file, node.optional_rest->file);
    }
  }
  for (const auto& [key, child] : node.children) {
    if (key == kSingle || key == kRest || key == kOptionalRest) continue;
    if (auto error = collect(*child, places, order)) return error;
  }
  for (const std::string_view key : {kSingle, kRest, kOptionalRest}) {
    const auto child = node.children.find(key);
    if (child == node.children.end()) continue;
    if (auto error = collect(*child->second, places, order)) return error;
  }
  return std::nullopt;
}

}  // namespace

base::Result<std::vector<std::size_t>> order_of(std::span<const Place> places) {
  PathNode root;
  for (std::size_t number = 0; number < places.size(); ++number) {
    if (auto inserted = Inserter(root, places[number]).insert(number); !inserted) {
      return inserted.error();
    }
  }
  std::vector<std::size_t> order;
  order.reserve(places.size());
  if (auto error = collect(root, places, order)) return *std::move(error);
  return order;
}

}  // namespace millrace::project
