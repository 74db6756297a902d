#include "cache/cached_response.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "http/fields.hpp"

namespace millrace::cache {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kOwnFields = "x-millrace-";
constexpr std::size_t kOverhead = 256;
constexpr std::int64_t kYear = 31'536'000;
/// Longer lifetimes count as unlimited and must not overflow the clock.
constexpr std::int64_t kLongest = 10 * kYear;

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || value < 0) return std::nullopt;
  // A fraction of a second is dropped.
  if (end != text.data() + text.size() && *end != '.') return std::nullopt;
  return value;
}

std::optional<milliseconds> duration(std::optional<std::int64_t> given) {
  if (!given || *given > kLongest) return std::nullopt;
  return seconds(*given);
}

std::vector<std::string> read_tags(std::string_view list) {
  std::vector<std::string> tags;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    tags.push_back(base::percent_decoded(list.substr(0, comma)));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return tags;
}

}  // namespace

std::string CachedResponse::cache_control() const {
  if (!keep) return "private, no-cache, no-store, max-age=0, must-revalidate";
  if (!lifetime.revalidate) return "s-maxage=" + std::to_string(kYear);
  const auto in_seconds = [](milliseconds time) {
    return std::chrono::duration_cast<seconds>(time).count();
  };
  std::string text = "s-maxage=" + std::to_string(in_seconds(*lifetime.revalidate));
  if (lifetime.expire && *lifetime.revalidate < *lifetime.expire) {
    text += ", stale-while-revalidate=" +
            std::to_string(in_seconds(*lifetime.expire - *lifetime.revalidate));
  }
  return text;
}

std::size_t CachedResponse::bytes() const {
  std::size_t sum = kOverhead + fields.size() + body.size() + postponed.size();
  for (const std::string& tag : tags) sum += sizeof(std::string) + tag.size();
  return sum;
}

CachedResponse read_fill(std::uint16_t status, std::string_view fields, std::string body) {
  CachedResponse response;
  response.status = status;
  response.body = std::move(body);
  for (const auto& [name, value] : http::FieldsView(fields)) {
    if (!base::equals_ignoring_case(name.substr(0, kOwnFields.size()), kOwnFields)) {
      http::append_field(response.fields, name, value);
      continue;
    }
    const std::string_view what = name.substr(kOwnFields.size());
    if (what == "revalidate") {
      const auto given = number(value);
      response.evaluated = true;
      response.keep = value == "false" || (given && *given > 0);
      response.lifetime.revalidate = duration(given);
    } else if (what == "expire") {
      response.lifetime.expire = duration(number(value));
    } else if (what == "shell") {
      const auto length = static_cast<std::size_t>(number(value).value_or(0));
      if (length == 0 || length >= response.body.size()) continue;
      response.postponed = response.body.substr(length);
      response.body.resize(length);
    } else if (what == "age") {
      response.age = milliseconds(std::min(number(value).value_or(0), kLongest * 1000));
    } else if (what == "cache") {
      response.state = value == "HIT" ? FillState::hit : FillState::unnamed;
    } else if (what == "tags") {
      response.tags = read_tags(value);
    }
  }
  return response;
}

}  // namespace millrace::cache
