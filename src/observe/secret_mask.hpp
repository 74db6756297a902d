// SecretMask hides the values of query parameters that are likely secrets, such as `token`, before a
// request's target is logged.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::observe {

/// Immutable.
class SecretMask {
 public:
  /// Names of parameters, compared without regard to case and after percent-decoding.
  explicit SecretMask(std::vector<std::string> names = {}) : names_(std::move(names)) {}

  /// Appends a target, path and query, in which `***` replaces the values of these parameters.
  void append(std::string& to, std::string_view target) const;

 private:
  [[nodiscard]] bool hides(std::string_view name) const;

  std::vector<std::string> names_;
};

}  // namespace millrace::observe
