#include "observe/dev_request_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace millrace::observe {

namespace {

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";
constexpr std::string_view kCyan = "\x1b[36m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kEnd = "\x1b[m";

std::string painted(std::string_view text, std::string_view colour, bool in_colour) {
  if (!in_colour) return std::string(text);
  return fmt::format("{}{}{}", colour, text, kEnd);
}

/// Shorter parts of a request's time are not shown.
constexpr std::chrono::microseconds kShown{100};

std::string_view colour_of(std::uint16_t status) {
  if (status >= 500) return kRed;
  if (status >= 400) return kYellow;
  return status >= 300 ? kCyan : kGreen;
}

std::string text_of(std::chrono::nanoseconds time) {
  const double milliseconds = std::chrono::duration<double, std::milli>(time).count();
  if (milliseconds >= 10'000) return fmt::format("{:.1f} s", milliseconds / 1000);
  return milliseconds < 10 ? fmt::format("{:.1f} ms", milliseconds)
                           : fmt::format("{:.0f} ms", milliseconds);
}

std::string size_of(std::uint64_t bytes) {
  constexpr double kKilo = 1024;
  const auto size = static_cast<double>(bytes);
  if (bytes < 1024) return fmt::format("{} B", bytes);
  if (size < kKilo * kKilo) return fmt::format("{:.1f} KB", size / kKilo);
  return fmt::format("{:.1f} MB", size / kKilo / kKilo);
}

/// The parts of the time that are long enough to be of interest.
std::string parts_of(const RequestRecord& record) {
  std::string parts;
  const auto add = [&parts](std::string_view name, std::chrono::nanoseconds time) {
    if (time < kShown) return;
    parts.append(parts.empty() ? " (" : ", ").append(name).append(" ").append(text_of(time));
  };
  add("queue", record.queue);
  add("middleware", record.middleware);
  add(record.origin == ResponseOrigin::upstream ? "upstream" : "handler", record.handler);
  return parts.empty() ? parts : parts + ")";
}

/// What went wrong after the response had begun, or instead of it.
std::string_view end_of(const RequestRecord& record) {
  switch (record.outcome) {
    case RequestOutcome::client_left:
      return ", the client left";
    case RequestOutcome::cut:
      return ", cut";
    case RequestOutcome::complete:
      break;
  }
  return {};
}

/// On a terminal, shows that lines belong to the request above them.
std::string indented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.append("   ").append(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

}  // namespace

std::string dev_request_line(const RequestRecord& record, const SecretMask& mask, bool in_colour) {
  std::string target;
  mask.append(target, record.target);
  const bool slow = record.total >= DevRequestLog::kSlow && record.status != 101;
  const std::string status = record.status == 0 ? "-" : std::to_string(record.status);
  std::string line = fmt::format(
      " {} {} {} in {}",
      painted(record.method.empty() ? "(invalid)" : record.method, kBold, in_colour), target,
      painted(status, colour_of(record.status), in_colour),
      painted(text_of(record.total) + (slow ? " slow" : ""), slow ? kYellow : kDim, in_colour));
  line += painted(fmt::format("{}, {}{}", parts_of(record), size_of(record.sent), end_of(record)),
                  kDim, in_colour);
  return line;
}

void DevRequestLog::on_request_over(const RequestRecord& record) {
  // Next.js logs no requests for files of its build either.
  if (record.target.starts_with("/_next/")) return;
  shown_.clear();
  log_.log(Level::info, dev_request_line(record, mask_, log_.has_colours()));
}

void DevRequestLog::on_line(Level level, std::string_view text, const LoggedRequest& request) {
  std::string name(request.method);
  name.push_back(' ');
  mask_.append(name, request.target);
  if (name != shown_) {
    log_.log(Level::info, painted(" " + name, kDim, log_.has_colours()));
    shown_ = std::move(name);
  }
  log_.log_raw_of_request(level, log_.has_colours() ? indented(text) : std::string(text), request);
}

}  // namespace millrace::observe
