#include "cache/data_request.hpp"

#include <boost/json.hpp>
#include <utility>
#include <vector>

namespace millrace::cache {

namespace json = boost::json;

namespace {

using Milliseconds = std::chrono::milliseconds;

/// Longer lifetimes, such as Next.js's 0xfffffffe seconds for "for ever", count as unlimited and
/// must not overflow the clock.
constexpr double kLongestSeconds = 10.0 * 365 * 24 * 3600;

const json::string* text(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_string();
}

/// Reads seconds as a duration. Absent, null, false and values beyond kLongestSeconds yield
/// nothing; returns false for any other value that is not a number.
bool read_seconds(const json::object& object, std::string_view name,
                  std::optional<Milliseconds>& seconds) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return true;
  if (value->is_bool()) return !value->get_bool();
  if (!value->is_number()) return false;
  const auto number = value->to_number<double>();
  if (!(number >= 0)) return false;
  if (number <= kLongestSeconds) {
    seconds = Milliseconds(static_cast<Milliseconds::rep>(number * 1000));
  }
  return true;
}

std::optional<std::vector<std::string>> read_tags(const json::object& object) {
  std::vector<std::string> tags;
  const json::value* value = object.if_contains("tags");
  if (value == nullptr) return tags;
  if (!value->is_array()) return std::nullopt;
  for (const json::value& tag : value->get_array()) {
    if (!tag.is_string()) return std::nullopt;
    tags.emplace_back(tag.get_string());
  }
  return tags;
}

/// Returns the clock in microseconds, which a JSON number holds exactly for centuries.
double moment(Clock::time_point time) {
  return static_cast<double>(
      std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

/// Returns the time in "at", at most `now`; `now` where there is none.
Clock::time_point read_moment(const json::object& object, Clock::time_point now) {
  const json::value* value = object.if_contains("at");
  if (value == nullptr || !value->is_number()) return now;
  const auto number = value->to_number<double>();
  if (!(number >= 0 && number < moment(now))) return now;
  return Clock::time_point(std::chrono::microseconds(static_cast<std::int64_t>(number)));
}

bool get(DataStore& store, const json::object& question, Clock::time_point now,
         json::object& answer) {
  const json::string* key = text(question, "key");
  const auto tags = read_tags(question);
  if (key == nullptr || !tags) return false;
  answer["at"] = moment(now);
  const Found found = store.get(*key, *tags, now);
  if (found.freshness == Freshness::none) {
    answer["state"] = "none";
    return true;
  }
  answer["state"] = found.freshness == Freshness::fresh ? "fresh" : "stale";
  answer["value"] = found.value;
  answer["age"] = static_cast<double>(found.age.count()) / 1000;
  json::array own;
  for (const std::string& tag : found.tags) own.emplace_back(tag);
  answer["tags"] = std::move(own);
  return true;
}

bool set(DataStore& store, const json::object& question, Clock::time_point now) {
  const json::string* key = text(question, "key");
  const json::string* value = text(question, "value");
  auto tags = read_tags(question);
  Lifetime lifetime;
  if (key == nullptr || value == nullptr || !tags ||
      !read_seconds(question, "revalidate", lifetime.revalidate) ||
      !read_seconds(question, "expire", lifetime.expire)) {
    return false;
  }
  store.set(std::string(*key), std::string(*value), lifetime, std::move(*tags),
            read_moment(question, now), now);
  return true;
}

bool revalidate(DataStore& store, const json::object& question, Clock::time_point now) {
  const auto tags = read_tags(question);
  if (!tags) return false;
  std::optional<TagProfile> profile;
  if (const json::value* value = question.if_contains("profile");
      value != nullptr && !value->is_null()) {
    if (!value->is_object()) return false;
    profile.emplace();
    if (!read_seconds(value->get_object(), "expire", profile->expire)) return false;
  }
  store.revalidate(*tags, profile, now);
  return true;
}

}  // namespace

std::optional<DataAnswer> answer_request(DataStore& store, std::string_view request,
                                         Clock::time_point now, bool current) {
  boost::system::error_code failed;
  const json::value value = json::parse(request, failed);
  if (failed || !value.is_object()) return std::nullopt;
  const json::object& question = value.get_object();
  const json::value* id = question.if_contains("id");
  if (id == nullptr || !id->is_number()) return std::nullopt;
  json::object answer{{"id", *id}};
  const json::string* name = text(question, "op");
  const std::string_view op = name == nullptr ? std::string_view() : std::string_view(*name);
  bool understood = false;
  if (!current && (op == "get" || op == "set")) {
    // The request is from an earlier build, which neither finds entries of this one nor adds to
    // them.
    understood = true;
    if (op == "get") {
      answer["at"] = moment(now);
      answer["state"] = "none";
    }
  } else if (op == "get") {
    understood = get(store, question, now, answer);
  } else if (op == "set") {
    understood = set(store, question, now);
  } else if (op == "revalidate") {
    understood = revalidate(store, question, now);
  } else if (const json::string* path = text(question, "path");
             op == "refresh" && path != nullptr) {
    const json::value* only = question.if_contains("only_kept");
    return DataAnswer{.text = {},
                      .refresh = RefreshRequest{.id = json::serialize(*id),
                                                .path = std::string(*path),
                                                .only_kept = only != nullptr && *only == true}};
  }
  if (!understood) answer["error"] = "not a valid data cache request (protocol/link.md)";
  return DataAnswer{.text = json::serialize(answer), .refresh = std::nullopt};
}

std::string refresh_answer(const RefreshRequest& request, int status) {
  return "{\"id\":" + request.id + ",\"status\":" + std::to_string(status) + "}";
}

}  // namespace millrace::cache
