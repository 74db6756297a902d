// Defines options whose value can be left out, as in "--inspect" and "--inspect=9230".
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/arguments.hpp"

namespace millrace::cli {

/// Whether the value of an option has been left out: the parser then passes nothing, or the
/// value of a flag.
[[nodiscard]] bool is_bare(const std::string& text);

/// Adds "--inspect" and "--inspect=HOST:PORT".
void add_inspect_option(CLI::App& command, Arguments& arguments);

/// Adds "--poll" and "--poll=MS".
void add_poll_option(CLI::App& command, Arguments& arguments);

}  // namespace millrace::cli
