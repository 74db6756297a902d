#include "observe/access_line.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string_view>

#include "base/decimal.hpp"
#include "observe/json_text.hpp"

namespace millrace::observe {

namespace {

using std::chrono::milliseconds;

std::string_view name_of(ResponseOrigin origin) {
  switch (origin) {
    case ResponseOrigin::worker:
      return "worker";
    case ResponseOrigin::cache:
      return "cache";
    case ResponseOrigin::file:
      return "file";
    case ResponseOrigin::upstream:
      return "upstream";
    case ResponseOrigin::server:
      break;
  }
  return "server";
}

/// Empty for responses that cannot be cached.
std::string_view name_of(CacheState state) {
  switch (state) {
    case CacheState::hit:
      return "HIT";
    case CacheState::stale:
      return "STALE";
    case CacheState::miss:
      return "MISS";
    case CacheState::bypass:
      return "BYPASS";
    case CacheState::none:
      break;
  }
  return {};
}

/// Empty for complete responses.
std::string_view name_of(RequestOutcome outcome) {
  switch (outcome) {
    case RequestOutcome::client_left:
      return "client_left";
    case RequestOutcome::cut:
      return "cut";
    case RequestOutcome::complete:
      break;
  }
  return {};
}

/// Appends milliseconds with three digits after the point.
void append_milliseconds(std::string& to, std::chrono::nanoseconds time) {
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  base::append_decimal(to, microseconds / 1000);
  to.push_back('.');
  base::append_three_digits(to, static_cast<std::uint64_t>(microseconds));
}

void append_time(std::string& to, std::string_view name, std::chrono::nanoseconds time) {
  to.append(name);
  append_milliseconds(to, time);
}

/// Appends text between quotes: what could end the quotes or the line is written as \xHH, as in
/// Apache's and nginx's logs.
void append_quoted(std::string& to, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\') {
      fmt::format_to(std::back_inserter(to), FMT_STRING("\\x{:02X}"), byte);
    } else {
      to.push_back(c);
    }
  }
}

void append_value(std::string& to, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  to.append(name);
  append_quoted(to, value);
}

std::string_view protocol_of(std::uint8_t version) {
  if (version == 20) return " HTTP/2.0";
  return version == 10 ? " HTTP/1.0" : " HTTP/1.1";
}

void append_common_line(std::string& to, const RequestRecord& record, const SecretMask& mask) {
  if (record.method.empty()) {
    to.append("-");
  } else {
    std::string target;
    mask.append(target, record.target);
    append_quoted(to, record.method);
    to.push_back(' ');
    append_quoted(to, target);
    to.append(protocol_of(record.version));
  }
  to.append("\" ");
  base::append_decimal(to, record.status);
  to.push_back(' ');
  base::append_decimal(to, record.sent);
  append_time(to, " time=", record.total);
  append_time(to, " queue=", record.queue);
  append_time(to, " handler=", record.handler);
  if (record.middleware.count() > 0) append_time(to, " middleware=", record.middleware);
  append_value(to, " from=", name_of(record.origin));
  append_value(to, " route=", record.route);
  append_value(to, " pool=", record.pool);
  append_value(to, " cache=", name_of(record.cache));
  append_value(to, " end=", name_of(record.outcome));
  append_value(to, " id=", record.id);
  append_value(to, " trace=", record.trace_id);
  to.push_back('\n');
}

void append_json_line(std::string& to, const RequestRecord& record, const SecretMask& mask) {
  to.append(R"(","level":"info","message":"request")");
  append_json_member(to, "method", record.method);
  if (!record.target.empty()) {
    std::string target;
    mask.append(target, record.target);
    append_json_member(to, "path", target);
  }
  to.append(R"(,"status":)");
  base::append_decimal(to, record.status);
  to.append(R"(,"bytes":)");
  base::append_decimal(to, record.sent);
  to.append(R"(,"received":)");
  base::append_decimal(to, record.received);
  append_time(to, R"(,"total_ms":)", record.total);
  append_time(to, R"(,"queue_ms":)", record.queue);
  append_time(to, R"(,"handler_ms":)", record.handler);
  if (record.middleware.count() > 0) append_time(to, R"(,"middleware_ms":)", record.middleware);
  append_json_member(to, "from", name_of(record.origin));
  append_json_member(to, "route", record.route);
  append_json_member(to, "pool", record.pool);
  append_json_member(to, "cache", name_of(record.cache));
  append_json_member(to, "end", name_of(record.outcome));
  append_json_member(to, "client", record.client);
  append_json_member(to, "request_id", record.id);
  append_json_member(to, "trace_id", record.trace_id);
  to.append("}\n");
}

}  // namespace

void AccessClock::set(Time time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second == second_) return;
  second_ = second;
  const std::tm utc = fmt::gmtime(std::chrono::system_clock::to_time_t(time));
  iso_ = fmt::format("{:%Y-%m-%dT%H:%M:%S}", utc);
  common_ = fmt::format("{:%d/%b/%Y:%H:%M:%S} +0000", utc);
}

void AccessClock::append_iso(std::string& to, Time time) {
  set(time);
  const auto fraction = std::chrono::floor<milliseconds>(time) - second_;
  to.append(iso_).push_back('.');
  base::append_three_digits(to, static_cast<std::uint64_t>(fraction.count()));
  to.push_back('Z');
}

void AccessClock::append_common(std::string& to, Time time) {
  set(time);
  to.append(common_);
}

void append_access_line(std::string& to, AccessFormat format, const RequestRecord& record,
                        const SecretMask& mask, AccessClock& clock, AccessClock::Time time) {
  if (format == AccessFormat::json) {
    to.append(R"({"time":")");
    clock.append_iso(to, time);
    return append_json_line(to, record, mask);
  }
  to.append(record.client).append(" - - [");
  clock.append_common(to, time);
  to.append("] \"");
  append_common_line(to, record, mask);
}

}  // namespace millrace::observe
