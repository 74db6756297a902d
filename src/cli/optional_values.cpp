#include "cli/optional_values.hpp"

#include <charconv>
#include <cstdint>
#include <system_error>

#include "workers/inspector.hpp"

namespace millrace::cli {

bool is_bare(const std::string& text) { return text.empty() || text == "true" || text == "{}"; }

void add_inspect_option(CLI::App& command, Arguments& arguments) {
  command
      .add_option_function<std::string>(
          "--inspect",
          [&arguments](const std::string& text) {
            arguments.inspector = workers::parse_inspector_address(is_bare(text) ? "" : text);
            if (!arguments.inspector) {
              throw CLI::ValidationError("--inspect", "expected [HOST:]PORT, found " + text);
            }
          },
          "Let debuggers connect to the workers: the first worker listens on PORT (default: 9229), "
          "further workers on the ports after it")
      ->type_name("[[HOST:]PORT]")
      ->expected(0, 1);
}

void add_poll_option(CLI::App& command, Arguments& arguments) {
  command
      .add_option_function<std::string>(
          "--poll",
          [&arguments](const std::string& text) {
            std::uint32_t interval = 0;
            const char* const end = text.data() + text.size();
            const auto read = std::from_chars(text.data(), end, interval);
            if (!is_bare(text) &&
                (read.ec != std::errc() || read.ptr != end || interval < 50 || interval > 60'000)) {
              throw CLI::ValidationError("--poll", "expected 50 to 60000, found " + text);
            }
            arguments.poll = is_bare(text) ? 0 : interval;
          },
          "Also look for changed files every MS milliseconds (default: 1000), where the file "
          "system "
          "does not report changes")
      ->type_name("[MS]")
      ->expected(0, 1);
}

}  // namespace millrace::cli
