// Tells for each route and page of a project, and for its files, which part of Millrace serves it.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "dev/inspection.hpp"
#include "project/manifest.hpp"
#include "project/settings.hpp"
#include "serving/diagnosis.hpp"

namespace millrace::serving {

/// What the parts are determined from.
struct ProjectFacts {
  const std::filesystem::path& root;
  const project::Settings& settings;
  const dev::Inspection& inspection;
  /// The pages as discovered.
  const std::vector<project::Route>& pages;
  /// The manifest of the current build, if there is one.
  const std::optional<project::Manifest>& manifest;
};

/// Returns the routes, the pages, then the files.
[[nodiscard]] std::vector<ServedPart> find_served_parts(const ProjectFacts& facts);

}  // namespace millrace::serving
