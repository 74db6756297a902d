// Aligns the columns of a table of text, for commands that print one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace millrace::cli {

/// The cells of a row.
using TextRow = std::vector<std::string>;

/// Returns a line for each row, in which two spaces or more separate the columns and none follow the
/// last. Widths are in bytes. All rows have as many cells as the first. The cells of the column
/// `right` are aligned at their right side.
[[nodiscard]] std::vector<std::string> align_columns(const std::vector<TextRow>& rows,
                                                     std::optional<std::size_t> right = {});

}  // namespace millrace::cli
