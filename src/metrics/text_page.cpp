#include "metrics/text_page.hpp"

#include "base/decimal.hpp"

namespace millrace::metrics {

namespace {

constexpr std::string_view kTotal = "_total";

std::string_view type_name(FamilyType type) {
  switch (type) {
    case FamilyType::counter:
      return "counter";
    case FamilyType::gauge:
      return "gauge";
    case FamilyType::histogram:
      return "histogram";
  }
  return "";
}

/// Appends a label's value, escaped as both formats require.
void append_value(std::string& text, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
}

}  // namespace

TextFormat text_format(std::string_view accept) {
  return accept.find("application/openmetrics-text") == std::string_view::npos
             ? TextFormat::prometheus
             : TextFormat::open_metrics;
}

std::string_view content_type(TextFormat format) {
  return format == TextFormat::prometheus
             ? "text/plain; version=0.0.4; charset=utf-8"
             : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

void TextPage::begin(const Family& family) {
  name_ = family.name;
  // OpenMetrics names the family of a counter without the suffix of its samples.
  std::string_view shown = name_;
  if (format_ == TextFormat::open_metrics && shown.ends_with(kTotal)) {
    shown.remove_suffix(kTotal.size());
  }
  text_.append("# HELP ").append(shown).append(" ").append(family.help);
  text_.append("\n# TYPE ").append(shown).append(" ").append(type_name(family.type)).append("\n");
}

void TextPage::write_labels(Labels labels) {
  bool first = true;
  for (const auto& [name, value] : labels) {
    text_ += first ? '{' : ',';
    first = false;
    text_.append(name).append("=\"");
    append_value(text_, value);
    text_ += '"';
  }
}

void TextPage::add(Labels labels, std::uint64_t value) {
  text_ += name_;
  write_labels(labels);
  text_ += labels.size() > 0 ? "} " : " ";
  base::append_decimal(text_, value);
  text_ += '\n';
}

void TextPage::add(Labels labels, double value) {
  text_ += name_;
  write_labels(labels);
  text_ += labels.size() > 0 ? "} " : " ";
  base::append_decimal(text_, value);
  text_ += '\n';
}

void TextPage::add(Labels labels, const DurationHistogram& histogram) {
  // The labels are the same in every line.
  const std::size_t begin = text_.size();
  write_labels(labels);
  const std::string written = text_.substr(begin);
  text_.resize(begin);
  const std::string_view bucket_labels = written.empty() ? "{" : std::string_view(written);
  const std::string_view separator = written.empty() ? "" : ",";
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
    below += histogram.counts()[i];
    const std::string_view bound = i < kDurationBounds.size() ? kDurationBounds[i].text : "+Inf";
    text_.append(name_).append("_bucket").append(bucket_labels).append(separator);
    text_.append("le=\"").append(bound).append("\"} ");
    base::append_decimal(text_, below);
    text_ += '\n';
  }
  const std::string_view close = written.empty() ? " " : "} ";
  text_.append(name_).append("_sum").append(written).append(close);
  base::append_decimal(text_, histogram.sum());
  text_.append("\n").append(name_).append("_count").append(written).append(close);
  base::append_decimal(text_, histogram.count());
  text_ += '\n';
}

std::string TextPage::finish() {
  if (format_ == TextFormat::open_metrics) text_ += "# EOF\n";
  return std::move(text_);
}

}  // namespace millrace::metrics
