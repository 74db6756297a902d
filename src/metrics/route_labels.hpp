// RouteLabels numbers what the labels `route` and `pool` of metrics can be. Routes are the templates
// of manifests, never paths of requests, so that clients cannot add any. The numbers outlive builds:
// a route keeps its own, and with it its counters, when a build with the same template is deployed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::metrics {

/// Belongs to the loop's thread.
class RouteLabels {
 public:
  using Number = std::uint32_t;

  struct Label {
    std::string route;
    std::string pool;
  };

  /// The most labels; routes beyond it share kOther. Each costs about 400 bytes with its texts.
  static constexpr std::size_t kMost = 2000;

  /// The labels of requests without a route of their own; templates begin with '/'.
  static constexpr Number kOther = 0;
  static constexpr Number kNone = 1;
  static constexpr Number kFile = 2;
  static constexpr Number kUpstream = 3;
  static constexpr Number kMiddleware = 4;

  RouteLabels();

  /// Returns the number of the route's label, which is new at its first call.
  [[nodiscard]] Number of(std::string_view route, std::string_view pool);

  [[nodiscard]] std::size_t size() const { return labels_.size(); }
  [[nodiscard]] const Label& at(Number number) const { return labels_[number]; }

 private:
  std::vector<Label> labels_;
  std::map<std::pair<std::string, std::string>, Number, std::less<>> numbers_;
};

}  // namespace millrace::metrics
