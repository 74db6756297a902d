// Resolves a request and describes the result as one line of text, so that tests can compare tables
// of requests and results.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/resolution.hpp"
#include "gateway/testing/test_site.hpp"

namespace millrace::gateway {

inline constexpr std::string_view kPlainFields = "Host: localhost:3000\r\n";

/// Each function returns the step with its data: "307 /to", "route /api/[id] 5", "file /x.txt",
/// "external http://a/", "middleware", "not found", "malformed", "failed", "undecided". Where
/// rewrites changed the query, it follows the route after a "?".
class ResolvedRequest {
 public:
  explicit ResolvedRequest(const SitePlan& plan, std::string_view target,
                           std::string_view fields = kPlainFields);

  [[nodiscard]] std::string begin() { return describe(resolution_->begin()); }
  [[nodiscard]] std::string after_next() { return describe(resolution_->after_next()); }
  [[nodiscard]] std::string after_rewrite(std::string_view url) {
    return describe(resolution_->after_rewrite(url));
  }

  [[nodiscard]] Resolution& resolution() { return *resolution_; }
  /// The pending response fields.
  [[nodiscard]] std::string pending();

 private:
  [[nodiscard]] std::string describe(Resolution::Step step);

  std::shared_ptr<const Site> site_;
  std::filesystem::path public_;
  std::string scratch_;
  std::optional<Resolution> resolution_;
};

/// Returns the result of a request, from the beginning.
[[nodiscard]] std::string outcome(const SitePlan& plan, std::string_view target,
                                  std::string_view fields = kPlainFields);

}  // namespace millrace::gateway
