// TextPage writes metrics as text: in Prometheus's format 0.0.4, or in OpenMetrics 1.0 for clients
// that ask for it. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "metrics/duration_histogram.hpp"

namespace millrace::metrics {

enum class TextFormat : std::uint8_t { prometheus, open_metrics };

/// Returns the format for the value of a request's Accept field.
[[nodiscard]] TextFormat text_format(std::string_view accept);

/// Returns the value of Content-Type.
[[nodiscard]] std::string_view content_type(TextFormat format);

enum class FamilyType : std::uint8_t { counter, gauge, histogram };

/// A metric with its samples' common properties.
struct Family {
  /// Counters end with "_total".
  std::string_view name;
  FamilyType type = FamilyType::gauge;
  std::string_view help;
};

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class TextPage {
 public:
  explicit TextPage(TextFormat format) : format_(format) {}

  /// Begins the family; its samples follow, without those of others in between.
  void begin(const Family& family);

  /// Adds a sample of the family.
  void add(Labels labels, std::uint64_t value);
  void add(Labels labels, double value);
  void add(Labels labels, const DurationHistogram& histogram);

  /// Returns the whole page. Call last.
  [[nodiscard]] std::string finish();

 private:
  /// Writes the labels without the closing brace; nothing where there are none.
  void write_labels(Labels labels);

  TextFormat format_;
  std::string_view name_;
  std::string text_;
};

}  // namespace millrace::metrics
