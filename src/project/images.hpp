// The `images` option of next.config as far as requests for optimised images (/_next/image) are
// checked against it before any worker gets them. Patterns are regular expressions, which Next.js
// makes of the project's globs at build time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "project/json_reader.hpp"

namespace millrace::project {

/// An item of `localPatterns`.
struct LocalImagePattern {
  /// A regular expression in JavaScript's syntax.
  std::string pathname;
  /// "" or "?…"; none: any.
  std::optional<std::string> search;
};

/// An item of `remotePatterns`.
struct RemoteImagePattern {
  /// "http" or "https"; none: both.
  std::optional<std::string> protocol;
  /// A regular expression in JavaScript's syntax.
  std::string hostname;
  /// "" for the scheme's own port; none: any.
  std::optional<std::string> port;
  /// A regular expression in JavaScript's syntax.
  std::string pathname;
  /// "" or "?…"; none: any.
  std::optional<std::string> search;
};

struct ImageSettings {
  /// False where the project optimises images elsewhere or not at all: requests get 404.
  bool enabled = false;
  /// `deviceSizes` and `imageSizes`.
  std::vector<std::uint64_t> sizes = {};
  /// None: any.
  std::optional<std::vector<std::uint64_t>> qualities = std::nullopt;
  /// None: all local images.
  std::optional<std::vector<LocalImagePattern>> local_patterns = std::nullopt;
  std::vector<RemoteImagePattern> remote_patterns = {};
  std::vector<std::string> domains = {};
};

/// Reads the member `images` of the manifest's `pages`; none where it is missing.
[[nodiscard]] std::optional<ImageSettings> read_images(JsonReader& reader);

}  // namespace millrace::project
