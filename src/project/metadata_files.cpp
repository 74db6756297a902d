#include "project/metadata_files.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "project/route.hpp"
#include "project/source_tree.hpp"

namespace millrace::project {

namespace {

/// A kind of picture: the names of its static files' types, apart by spaces.
struct Picture {
  std::string_view name;
  std::string_view types;
};

constexpr std::array<Picture, 4> kPictures = {{{"icon", "ico jpg jpeg png svg"},
                                               {"apple-icon", "jpg jpeg png"},
                                               {"opengraph-image", "jpg jpeg png gif"},
                                               {"twitter-image", "jpg jpeg png gif"}}};

/// A file's name taken apart.
struct Name {
  std::string_view stem;
  /// Of a file that is sent as it is; empty for a module.
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

/// Calls `visit` with each UTF-16 unit of a UTF-8 text, which JavaScript's strings are made of.
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

/// Pictures below groups and slots may share a path with others: Next.js tells them apart by a hash
/// of the folder (djb2). Empty where no folder of the kind is above.
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

std::optional<MetadataFile> picture_of(std::string_view folder, const Name& name) {
  const std::size_t last = name.stem.find_last_not_of("0123456789");
  if (last == std::string_view::npos) return std::nullopt;
  const std::string_view kind = name.stem.substr(0, last + 1);
  for (const Picture& picture : kPictures) {
    if (picture.name != kind) continue;
    std::string segment = std::string(name.stem) + suffix_of(folder);
    if (name.type.empty()) {
      return MetadataFile{.segment = std::move(segment), .lister = "generateImageMetadata"};
    }
    if (!is_one_of(name.type, picture.types)) return std::nullopt;
    segment.append(".").append(name.type);
    return MetadataFile{.segment = std::move(segment), .lister = {}};
  }
  return std::nullopt;
}

/// Files that count in app itself only.
std::optional<MetadataFile> root_file_of(const Name& name) {
  const bool is_module = name.type.empty();
  if (name.stem == "robots" && (is_module || name.type == "txt")) {
    return MetadataFile{.segment = "robots.txt", .lister = {}};
  }
  if (name.stem == "manifest" && (is_module || is_one_of(name.type, "webmanifest json"))) {
    return MetadataFile{.segment = name.type == "json" ? "manifest.json" : "manifest.webmanifest",
                        .lister = {}};
  }
  if (name.stem == "favicon" && name.type == "ico") {
    return MetadataFile{.segment = "favicon.ico", .lister = {}};
  }
  return std::nullopt;
}

}  // namespace

std::optional<MetadataFile> metadata_file_of(std::string_view folder, std::string_view name,
                                             std::span<const std::string> page_extensions) {
  const auto parts = name_of(name, page_extensions);
  if (!parts) return std::nullopt;
  if (parts->stem == "sitemap") {
    if (parts->type.empty()) {
      return MetadataFile{.segment = "sitemap.xml", .lister = "generateSitemaps"};
    }
    if (parts->type == "xml") return MetadataFile{.segment = "sitemap.xml", .lister = {}};
    return std::nullopt;
  }
  if (folder.empty()) {
    if (auto found = root_file_of(*parts)) return found;
  }
  return picture_of(folder, *parts);
}

std::string listed_segment(const MetadataFile& file) {
  std::string_view segment = file.segment;
  if (segment == "sitemap.xml") segment = "sitemap";
  return std::string(segment) + "/[__metadata_id__]";
}

}  // namespace millrace::project
