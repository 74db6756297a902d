#include "cli/doctor_command.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstddef>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "cli/text_table.hpp"

namespace millrace::cli {

namespace {

namespace json = boost::json;
using serving::Diagnosis;
using serving::Finding;
using serving::ServedPart;

void print_json(const Diagnosis& diagnosis, std::ostream& out) {
  json::array parts;
  for (const ServedPart& part : diagnosis.parts) {
    parts.push_back(json::object{{"path", part.path},
                                 {"kind", part.kind},
                                 {"file", part.file},
                                 {"served_by", serving::to_string(part.by)},
                                 {"served", part.how},
                                 {"pool", part.pool},
                                 {"reason", part.reason}});
  }
  json::array findings;
  for (const Finding& finding : diagnosis.findings) {
    findings.push_back(json::object{{"severity", serving::to_string(finding.severity)},
                                    {"about", finding.about},
                                    {"text", finding.text},
                                    {"remedy", finding.remedy}});
  }
  const json::object all{{"serves_everything", diagnosis.serves_everything()},
                         {"parts", std::move(parts)},
                         {"findings", std::move(findings)}};
  out << json::serialize(all) << '\n';
}

void print_parts(const std::vector<ServedPart>& parts, std::ostream& out) {
  std::vector<TextRow> rows = {{"PATH", "KIND", "SERVED BY", "HOW", "POOL", "FILE"}};
  for (const ServedPart& part : parts) {
    rows.push_back({part.path, part.kind, std::string(serving::to_string(part.by)), part.how,
                    part.pool, part.file});
  }
  const std::vector<std::string> lines = align_columns(rows);
  for (std::size_t number = 0; number < lines.size(); ++number) {
    out << lines[number] << '\n';
    if (number > 0 && !parts[number - 1].reason.empty()) {
      fmt::print(out, "    {}\n", parts[number - 1].reason);
    }
  }
}

/// Texts of several lines keep their lines, below each other.
void print_finding(const Finding& finding, std::size_t width, std::ostream& out) {
  const std::string margin = "\n" + std::string(width + 14, ' ');
  const auto indented = [&margin](const std::string& text) {
    std::string result;
    for (const char c : text) {
      if (c == '\n') {
        result += margin;
      } else {
        result += c;
      }
    }
    return result;
  };
  fmt::print(out, "{:<10}  {:<{}}  {}\n", serving::to_string(finding.severity), finding.about,
             width, indented(finding.text));
  if (!finding.remedy.empty()) {
    fmt::print(out, "{}{}\n", margin.substr(1), indented(finding.remedy));
  }
}

}  // namespace

int run_doctor(const serving::DoctorOptions& options, OutputFormat format, std::ostream& out) {
  const Diagnosis diagnosis = serving::diagnose(options);
  const int status = diagnosis.serves_everything() ? 0 : 1;
  if (format == OutputFormat::json) {
    print_json(diagnosis, out);
    return status;
  }
  if (!diagnosis.parts.empty()) {
    print_parts(diagnosis.parts, out);
    out << '\n';
  }
  std::size_t width = 0;
  for (const Finding& finding : diagnosis.findings) width = std::max(width, finding.about.size());
  for (const Finding& finding : diagnosis.findings) print_finding(finding, width, out);
  out << (status == 0 ? "\nEverything is served.\n" : "\nSomething is not served.\n");
  return status;
}

}  // namespace millrace::cli
