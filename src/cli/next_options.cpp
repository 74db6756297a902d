#include "cli/next_options.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace millrace::cli {

namespace {

/// Whether an option has a value.
enum class Value : std::uint8_t {
  none,
  /// Optional: the next word is the value unless it looks like an option.
  optional,
  required,
};

struct NextOption {
  std::string_view name;
  Value value = Value::none;
  std::string_view note;
};

constexpr std::string_view kBundler = "routes are compiled by Millrace's own builder";
constexpr std::string_view kNoPages = "it applies to pages and their bundles";
constexpr std::string_view kNoTrace = "Millrace records no such trace";
constexpr std::string_view kNoTls = "use --https with dev, and [tls] of millrace.toml with start";
constexpr std::string_view kExperimental = "Millrace does not have this feature";

constexpr std::array kNextOptions{
    NextOption{"--turbopack", Value::none, kBundler},
    NextOption{"--turbo", Value::none, kBundler},
    NextOption{"--webpack", Value::none, kBundler},
    NextOption{"--lint", Value::none, "Millrace does not lint"},
    NextOption{"--no-lint", Value::none, "Millrace does not lint"},
    NextOption{"--no-mangling", Value::none, "routes are not minified"},
    NextOption{"--profile", Value::none, kNoPages},
    NextOption{"--analyze", Value::none, kNoPages},
    NextOption{"--debug", Value::none, "the build has no further output"},
    NextOption{"-d", Value::none, "the build has no further output"},
    NextOption{"--verbose", Value::none, "there is no further output"},
    NextOption{"--debug-prerender", Value::none, kNoPages},
    NextOption{"--debug-build-paths", Value::required, "all routes are built"},
    NextOption{"--disable-source-maps", Value::none, "source maps are always written"},
    NextOption{"--server-fast-refresh", Value::none, kBundler},
    NextOption{"--no-server-fast-refresh", Value::none, kBundler},
    NextOption{"--internal-trace", Value::optional, kNoTrace},
    NextOption{"--experimental-upload-trace", Value::required, kNoTrace},
    NextOption{"--experimental-https", Value::none, kNoTls},
    NextOption{"--experimental-https-key", Value::required, kNoTls},
    NextOption{"--experimental-https-cert", Value::required, kNoTls},
    NextOption{"--experimental-https-ca", Value::required, kNoTls},
    NextOption{"--experimental-build-mode", Value::optional, kExperimental},
    NextOption{"--experimental-next-config-strip-types", Value::none,
               "next.config in TypeScript is always supported"},
};

constexpr std::string_view kAnyExperimental = "--experimental-";

const NextOption* find_option(std::string_view name) {
  static constexpr NextOption kOther{kAnyExperimental, Value::none, kExperimental};
  const auto* const found =
      std::find_if(kNextOptions.begin(), kNextOptions.end(),
                   [name](const NextOption& option) { return option.name == name; });
  if (found != kNextOptions.end()) return found;
  return name.starts_with(kAnyExperimental) ? &kOther : nullptr;
}

bool takes_next_options(std::string_view command) {
  return command == "dev" || command == "build" || command == "start";
}

}  // namespace

CommandLine without_next_options(std::vector<std::string> words) {
  CommandLine line;
  const bool of_settings = words.size() > 1 && words[1] == "config";
  if (!words.empty() && words[0] == "help" && !of_settings) {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  const bool takes_them = !words.empty() && takes_next_options(words[0]);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string name = words[i].substr(0, words[i].find('='));
    const NextOption* const option = takes_them && i > 0 ? find_option(name) : nullptr;
    if (option == nullptr) {
      line.words.push_back(words[i]);
      continue;
    }
    line.notes.push_back(name + " has no effect: " + std::string(option->note));
    const bool has_value = name.size() < words[i].size();
    const bool follows = i + 1 < words.size() &&
                         (option->value == Value::required || !words[i + 1].starts_with('-'));
    if (option->value != Value::none && !has_value && follows) ++i;
  }
  return line;
}

}  // namespace millrace::cli
