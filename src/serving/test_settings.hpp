#pragma once

#include <gtest/gtest.h>

#include <string_view>

#include "project/settings.hpp"

/// The settings of a millrace.toml that a test writes.
namespace millrace::serving {

/// Returns the settings of `text`. The test fails if it has errors.
inline project::Settings settings_of(std::string_view text,
                                     const project::PoolSettings& defaults = {}) {
  auto settings = project::parse_settings(text, "millrace.toml", defaults);
  EXPECT_TRUE(settings) << (settings ? "" : settings.error().message());
  return settings ? *settings : project::Settings{};
}

}  // namespace millrace::serving
