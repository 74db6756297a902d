#include "project/metadata_files.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "project/source_tree.hpp"

namespace millrace::project {

namespace {

/// A kind of image, with the types of its static files separated by spaces.
struct ImageKind {
  MetadataKind kind;
  std::string_view types;
};

constexpr std::array<ImageKind, 4> kImageKinds = {
    {{MetadataKind::icon, "ico jpg jpeg png svg"},
     {MetadataKind::apple_icon, "jpg jpeg png"},
     {MetadataKind::opengraph_image, "jpg jpeg png gif"},
     {MetadataKind::twitter_image, "jpg jpeg png gif"}}};

/// The parts of a file name.
struct Name {
  std::string_view stem;
  /// The type of a static file; empty for a module.
  std::string_view type;
};

bool is_one_of(std::string_view word, std::string_view words) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

std::optional<Name> name_of(std::string_view name, std::span<const std::string> extensions) {
  if (name.ends_with(".d.ts")) return std::nullopt;
  if (const auto stem = stem_of(name, extensions)) return Name{.stem = *stem, .type = {}};
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  return Name{.stem = name.substr(0, dot), .type = name.substr(dot + 1)};
}

std::string in_base_36(std::uint32_t number) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]);
    number /= 36;
  } while (number != 0);
  return digits;
}

/// Calls `visit` with each UTF-16 code unit of a UTF-8 text, as in JavaScript's strings.
template <typename Visit>
void for_each_unit(std::string_view text, const Visit& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    std::uint32_t point = length == 1 ? first : first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length && at + i < text.size(); ++i) {
      point = (point << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
    }
    at += length;
    if (point < 0x10000) {
      visit(point);
    } else {
      visit(0xd800 + ((point - 0x10000) >> 10U));
      visit(0xdc00 + ((point - 0x10000) & 0x3ffU));
    }
  }
}

/// Images below groups and slots can have the same path as others: Next.js distinguishes them by a
/// hash of the folder (djb2). Empty where no such folder is above.
std::string suffix_of(std::string_view folder) {
  const auto segments = segments_of(folder);
  const bool needed = std::any_of(segments.begin(), segments.end(), [](std::string_view segment) {
    const bool group = segment.front() == '(' && segment.back() == ')';
    return group || (segment.front() == '@' && segment != "@children");
  });
  if (!needed) return {};
  std::uint32_t hash = 5381;
  const auto add = [&hash](std::uint32_t unit) { hash = hash * 33 + unit; };
  for_each_unit("/" + std::string(folder), add);
  return "-" + in_base_36(hash).substr(0, 6);
}

std::optional<MetadataFile> image_of(std::string_view folder, const Name& name) {
  const std::size_t last = name.stem.find_last_not_of("0123456789");
  if (last == std::string_view::npos) return std::nullopt;
  const std::string_view stem = name.stem.substr(0, last + 1);
  for (const ImageKind& image : kImageKinds) {
    if (to_string(image.kind) != stem) continue;
    std::string segment = std::string(name.stem) + suffix_of(folder);
    if (name.type.empty()) {
      return MetadataFile{.kind = image.kind,
                          .is_module = true,
                          .segment = std::move(segment),
                          .lister = "generateImageMetadata"};
    }
    if (!is_one_of(name.type, image.types)) return std::nullopt;
    segment.append(".").append(name.type);
    return MetadataFile{.kind = image.kind, .segment = std::move(segment), .lister = {}};
  }
  return std::nullopt;
}

/// A text file: a sitemap, which every folder can have, or one of those that only app itself can
/// have.
std::optional<MetadataFile> text_of(std::string_view folder, const Name& name) {
  const bool is_module = name.type.empty();
  const auto found = [is_module](MetadataKind kind, std::string segment,
                                 std::string_view lister = {}) {
    return MetadataFile{.kind = kind,
                        .is_module = is_module,
                        .segment = std::move(segment),
                        .lister = is_module ? lister : std::string_view()};
  };
  const auto is = [&name](MetadataKind kind) { return name.stem == to_string(kind); };
  if (is(MetadataKind::sitemap) && (is_module || name.type == "xml")) {
    return found(MetadataKind::sitemap, "sitemap.xml", "generateSitemaps");
  }
  if (!folder.empty()) return std::nullopt;
  if (is(MetadataKind::robots) && (is_module || name.type == "txt")) {
    return found(MetadataKind::robots, "robots.txt");
  }
  if (is(MetadataKind::manifest) && (is_module || is_one_of(name.type, "webmanifest json"))) {
    return found(MetadataKind::manifest,
                 name.type == "json" ? "manifest.json" : "manifest.webmanifest");
  }
  if (is(MetadataKind::favicon) && name.type == "ico") {
    return found(MetadataKind::favicon, "favicon.ico");
  }
  return std::nullopt;
}

}  // namespace

std::optional<MetadataFile> metadata_file_of(std::string_view folder, std::string_view name,
                                             std::span<const std::string> page_extensions) {
  const auto parts = name_of(name, page_extensions);
  if (!parts) return std::nullopt;
  if (auto text = text_of(folder, *parts)) return text;
  return image_of(folder, *parts);
}

std::string listed_segment(const MetadataFile& file) {
  std::string_view segment = file.segment;
  if (segment == "sitemap.xml") segment = "sitemap";
  return std::string(segment) + "/[__metadata_id__]";
}

}  // namespace millrace::project
