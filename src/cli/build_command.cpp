#include "cli/build_command.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ostream>
#include <string_view>
#include <utility>

#include "cli/build_summary.hpp"

namespace millrace::cli {

namespace {

/// Shows the current step: on a terminal on one line that is overwritten, else not at all.
class Progress {
 public:
  Progress(std::ostream& out, Terminal terminal) : out_(out), terminal_(terminal) {}

  void show(std::string_view stage) {
    if (terminal_ == Terminal::no) return;
    fmt::print(out_, "\r\x1b[K  {} ...", stage);
    out_.flush();
  }

  void clear() {
    if (terminal_ == Terminal::no) return;
    out_ << "\r\x1b[K";
    out_.flush();
  }

 private:
  std::ostream& out_;
  Terminal terminal_;
};

void print_sources(const dev::BuiltProject& built, std::ostream& out) {
  if (!built.environment.files.empty()) {
    fmt::print(out, "  Environment: {}\n", fmt::join(built.environment.files, ", "));
  }
  if (!built.config_file.empty()) fmt::print(out, "  Configuration: {}\n", built.config_file);
  if (!built.environment.files.empty() || !built.config_file.empty()) out << '\n';
}

/// Prints what was built, from which files, and how long it took.
void print_outcome(const serving::ProductionBuild& build, std::chrono::duration<double> took,
                   std::ostream& out) {
  const dev::BuiltProject& built = build.project;
  print_sources(built, out);
  if (built.manifest.routes.empty()) {
    fmt::print(out, "  No API routes were found in pages/api or app.\n\n");
  } else {
    print_build_summary(build, out);
    out << '\n';
  }
  for (const std::string& note : built.notes) fmt::print(out, "  {}\n", note);
  if (!built.notes.empty()) out << '\n';
  const auto pages = static_cast<std::size_t>(
      std::count_if(built.manifest.routes.begin(), built.manifest.routes.end(),
                    [](const project::Route& route) { return !route.is_api(); }));
  const std::size_t count = built.manifest.routes.size() - pages;
  fmt::print(out, "  {} {}", count, count == 1 ? "route" : "routes");
  if (pages > 0) fmt::print(out, " and {} {}", pages, pages == 1 ? "page" : "pages");
  fmt::print(out, " built in {:.1f} s\n", took.count());
}

}  // namespace

int run_build(serving::ProductionBuildOptions options, Terminal terminal, std::ostream& out,
              std::ostream& err) {
  const auto began = std::chrono::steady_clock::now();
  Progress progress(out, terminal);
  options.on_stage = [&progress](std::string_view stage) { progress.show(stage); };
  const auto build = serving::build_for_production(options);
  progress.clear();
  if (!build) {
    fmt::print(err, "error: {}\n", build.error().message());
    return 1;
  }
  for (const std::string& warning : build->project.warnings) {
    fmt::print(err, "warning: {}\n", warning);
  }
  print_outcome(*build, std::chrono::steady_clock::now() - began, out);
  if (options.place == serving::BuildPlace::aside) {
    fmt::print(out, "  Not made current; `millrace start --build {}` serves it\n",
               build->folder.filename().string());
  }
  if (const auto& folder = build->project.standalone; !folder.empty()) {
    fmt::print(out, "  Standalone: `millrace start {}`\n", folder.string());
  }
  return 0;
}

}  // namespace millrace::cli
