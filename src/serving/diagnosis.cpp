#include "serving/diagnosis.hpp"

#include <algorithm>

namespace millrace::serving {

std::string_view to_string(ServedBy by) {
  switch (by) {
    case ServedBy::files:
      return "files";
    case ServedBy::cache:
      return "cache";
    case ServedBy::light:
      return "light";
    case ServedBy::next:
      return "next";
    case ServedBy::native:
      return "C++";
    case ServedBy::upstream:
      return "upstream";
    case ServedBy::nothing:
      return "nothing";
  }
  return "nothing";
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::fine:
      return "ok";
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::unserved:
      return "not served";
  }
  return "ok";
}

bool Diagnosis::serves_everything() const {
  return std::none_of(parts.begin(), parts.end(),
                      [](const ServedPart& part) { return part.by == ServedBy::nothing; }) &&
         std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
           return finding.severity == Severity::unserved;
         });
}

}  // namespace millrace::serving
