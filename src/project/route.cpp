#include "project/route.hpp"

#include <algorithm>
#include <cstddef>

#include "base/assert.hpp"

namespace millrace::project {

std::string_view to_string(RouterKind kind) {
  switch (kind) {
    case RouterKind::pages:
      return "pages";
    case RouterKind::app:
      return "app";
    case RouterKind::page:
      return "page";
    case RouterKind::app_page:
      return "app-page";
    case RouterKind::image:
      return "image";
  }
  MILLRACE_ASSERT(false);
}

std::string_view to_string(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::single:
      return "single";
    case ParameterKind::catch_all:
      return "catch-all";
    case ParameterKind::optional_catch_all:
      return "optional-catch-all";
  }
  MILLRACE_ASSERT(false);
}

std::string_view to_string(MetadataKind kind) {
  switch (kind) {
    case MetadataKind::robots:
      return "robots";
    case MetadataKind::sitemap:
      return "sitemap";
    case MetadataKind::manifest:
      return "manifest";
    case MetadataKind::favicon:
      return "favicon";
    case MetadataKind::icon:
      return "icon";
    case MetadataKind::apple_icon:
      return "apple-icon";
    case MetadataKind::opengraph_image:
      return "opengraph-image";
    case MetadataKind::twitter_image:
      return "twitter-image";
  }
  MILLRACE_ASSERT(false);
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) segments.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return segments;
}

std::optional<Parameter> parameter_of(std::string_view segment) {
  const auto strip_brackets = [](std::string_view& text) {
    if (text.size() < 3 || text.front() != '[' || text.back() != ']') return false;
    text = text.substr(1, text.size() - 2);
    return true;
  };
  if (!strip_brackets(segment)) return std::nullopt;
  const bool optional = strip_brackets(segment);
  const bool rest = segment.starts_with("...");
  if (rest) segment.remove_prefix(3);
  if (segment.empty() || (optional && !rest)) return std::nullopt;
  const ParameterKind kind = !rest      ? ParameterKind::single
                             : optional ? ParameterKind::optional_catch_all
                                        : ParameterKind::catch_all;
  return Parameter{.name = std::string(segment), .kind = kind};
}

std::vector<Parameter> parameters_of(std::string_view path) {
  std::vector<Parameter> parameters;
  for (const std::string_view segment : segments_of(path)) {
    if (auto parameter = parameter_of(segment)) parameters.push_back(*std::move(parameter));
  }
  return parameters;
}

}  // namespace millrace::project
