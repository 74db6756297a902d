// Diagnosis is what `millrace doctor` reports: what of a project is served by which part of
// Millrace, what is not served at all, and what about the project and the machine matters to it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::serving {

/// Which part of Millrace responds.
enum class ServedBy : std::uint8_t {
  /// The server, from files.
  files,
  /// The server, from its cache; workers fill it.
  cache,
  /// A worker, with code that Millrace has compiled.
  light,
  /// A worker, through an entry of the project's `next build`.
  next,
  /// A worker for routes in C++.
  native,
  /// The server that millrace.toml names as upstream.
  upstream,
  nothing,
};

/// "files", "cache", "light", "next", "C++", "upstream", "nothing".
[[nodiscard]] std::string_view to_string(ServedBy by);

/// A route, a page, or the files of a folder.
struct ServedPart {
  /// "/api/users/[id]"; of files the pattern of their paths: "/_next/static/**".
  std::string path;
  /// "pages", "app", "page", "app-page", "image" or "files".
  std::string kind;
  /// Relative to the project; empty where there is none.
  std::string file = {};
  ServedBy by = ServedBy::nothing;
  /// "ISR 60 s"; empty before a build.
  std::string how = {};
  /// Empty where no worker takes part.
  std::string pool = {};
  /// Why it is not served by `light`, or not at all.
  std::string reason = {};
};

enum class Severity : std::uint8_t {
  /// As it should be.
  fine,
  /// Worth knowing.
  note,
  /// Something has no effect, or can fail.
  warning,
  /// Something is not served.
  unserved,
};

/// "ok", "note", "warning", "not served".
[[nodiscard]] std::string_view to_string(Severity severity);

struct Finding {
  Severity severity = Severity::fine;
  /// "Next.js", "file descriptors".
  std::string about;
  std::string text;
  /// What to do; empty where there is nothing to do.
  std::string remedy = {};
};

struct Diagnosis {
  std::vector<ServedPart> parts;
  std::vector<Finding> findings;

  /// Whether nothing of the project is left out.
  [[nodiscard]] bool serves_everything() const;
};

}  // namespace millrace::serving
