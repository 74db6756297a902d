// The manifests of protocol/manifests, which the builder's tests compare with its output.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace millrace::project {

/// The text of one of them, such as "full.json".
inline std::string written_manifest(std::string_view name) {
  std::ifstream file(std::filesystem::path(MILLRACE_MANIFESTS) / name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace millrace::project
