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

bool get(DataStore& store, const json::object& request, Clock::time_point now, json::object& reply,
         std::optional<Freshness>& freshness) {
  const json::string* key = text(request, "key");
  const auto tags = read_tags(request);
  if (key == nullptr || !tags) return false;
  reply["at"] = moment(now);
  const Found found = store.get(*key, *tags, now);
  freshness = found.freshness;
  if (found.freshness == Freshness::none) {
    reply["state"] = "none";
    return true;
  }
  reply["state"] = found.freshness == Freshness::fresh ? "fresh" : "stale";
  reply["value"] = found.value;
  reply["age"] = static_cast<double>(found.age.count()) / 1000;
  json::array own;
  for (const std::string& tag : found.tags) own.emplace_back(tag);
  reply["tags"] = std::move(own);
  return true;
}

bool set(DataStore& store, const json::object& request, Clock::time_point now) {
  const json::string* key = text(request, "key");
  const json::string* value = text(request, "value");
  auto tags = read_tags(request);
  Lifetime lifetime;
  if (key == nullptr || value == nullptr || !tags ||
      !read_seconds(request, "revalidate", lifetime.revalidate) ||
      !read_seconds(request, "expire", lifetime.expire)) {
    return false;
  }
  store.set(std::string(*key), std::string(*value), lifetime, std::move(*tags),
            read_moment(request, now), now);
  return true;
}

bool revalidate(DataStore& store, const json::object& request, Clock::time_point now) {
  const auto tags = read_tags(request);
  if (!tags) return false;
  std::optional<TagProfile> profile;
  if (const json::value* value = request.if_contains("profile");
      value != nullptr && !value->is_null()) {
    if (!value->is_object()) return false;
    profile.emplace();
    if (!read_seconds(value->get_object(), "expire", profile->expire)) return false;
  }
  store.revalidate(*tags, profile, now);
  return true;
}

}  // namespace

std::optional<DataReply> handle_request(DataStore& store, std::string_view request,
                                        Clock::time_point now, bool current) {
  boost::system::error_code failed;
  const json::value value = json::parse(request, failed);
  if (failed || !value.is_object()) return std::nullopt;
  const json::object& members = value.get_object();
  const json::value* id = members.if_contains("id");
  if (id == nullptr || !id->is_number()) return std::nullopt;
  json::object reply{{"id", *id}};
  const json::string* name = text(members, "op");
  const std::string_view op = name == nullptr ? std::string_view() : std::string_view(*name);
  bool valid = false;
  std::optional<Freshness> found;
  if (!current && (op == "get" || op == "set")) {
    // The request is from an earlier build, which neither finds entries of this one nor adds to
    // them.
    valid = true;
    if (op == "get") {
      reply["at"] = moment(now);
      reply["state"] = "none";
    }
  } else if (op == "get") {
    valid = get(store, members, now, reply, found);
  } else if (op == "set") {
    valid = set(store, members, now);
  } else if (op == "revalidate") {
    valid = revalidate(store, members, now);
  } else if (const json::string* path = text(members, "path"); op == "refresh" && path != nullptr) {
    const json::value* only = members.if_contains("only_kept");
    return DataReply{.text = {},
                     .refresh = RefreshRequest{.id = json::serialize(*id),
                                               .path = std::string(*path),
                                               .only_kept = only != nullptr && *only == true}};
  }
  if (!valid) reply["error"] = "not a valid data cache request (protocol/link.md)";
  return DataReply{.text = json::serialize(reply), .refresh = std::nullopt, .found = found};
}

std::string refresh_reply(const RefreshRequest& request, int status) {
  return "{\"id\":" + request.id + ",\"status\":" + std::to_string(status) + "}";
}

}  // namespace millrace::cache
