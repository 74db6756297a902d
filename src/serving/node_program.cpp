#include "serving/node_program.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

namespace millrace::serving {

namespace {

constexpr std::pair kOldest{22, 15};

/// Quotes the text as one word for a shell.
std::string quoted(const std::string& text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += R"('\'')";
    } else {
      word += c;
    }
  }
  return word + '\'';
}

struct ClosePipe {
  void operator()(std::FILE* pipe) const { ::pclose(pipe); }
};

std::string first_line_of(const std::string& command) {
  const std::unique_ptr<std::FILE, ClosePipe> pipe(::popen(command.c_str(), "re"));
  std::array<char, 128> line{};
  if (!pipe || std::fgets(line.data(), line.size(), pipe.get()) == nullptr) return {};
  std::string text(line.data());
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

bool is_supported_node(std::string_view version) {
  std::pair found{0, 0};
  const char* end = version.data() + version.size();
  if (!version.starts_with('v')) return false;
  const auto major = std::from_chars(version.data() + 1, end, found.first);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return false;
  const auto minor = std::from_chars(major.ptr + 1, end, found.second);
  return minor.ec == std::errc{} && found >= kOldest;
}

std::string node_version(const std::filesystem::path& program) {
  return first_line_of(quoted(program.string()) + " --version 2>/dev/null");
}

base::Result<void> check_node(const std::filesystem::path& program, std::string_view origin) {
  const std::string expected =
      "; expected the path of a Node.js executable, version 22.15 or newer";
  const std::string named = std::string(origin) + ": " + program.string();
  if (::access(program.c_str(), X_OK) != 0) {
    return base::Error(base::ErrorCode::not_found, named + " cannot be run" + expected);
  }
  const std::string version = node_version(program);
  if (!is_supported_node(version)) {
    return base::Error(base::ErrorCode::invalid,
                       named + " reports version \"" + version + "\"" + expected);
  }
  return {};
}

}  // namespace millrace::serving
