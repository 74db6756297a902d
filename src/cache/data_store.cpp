#include "cache/data_store.hpp"

#include <utility>

namespace millrace::cache {

namespace {

/// The approximate cost of an entry besides its texts: list and table nodes.
constexpr std::size_t kEntryOverhead = 256;

}  // namespace

Found DataStore::get(std::string_view key, std::span<const std::string> tags,
                     Clock::time_point now) {
  const auto known = places_.find(key);
  if (known == places_.end()) return {};
  const Place place = known->second;
  const Entry& entry = *place;
  Freshness freshness = judge(entry.lifetime, entry.tags, entry.begun, entry.made, marks_, now);
  if (freshness == Freshness::none) {
    remove(place);
    return {};
  }
  // The request's own tags do not affect the entry itself: other requests may still get it.
  if (marks_.expired(tags, entry.begun, now)) return {};
  entries_.splice(entries_.begin(), entries_, place);
  if (marks_.stale(tags, entry.begun)) freshness = Freshness::stale;
  return {.freshness = freshness,
          .value = entry.value,
          .age = std::chrono::duration_cast<std::chrono::milliseconds>(now - entry.made),
          .tags = entry.tags};
}

void DataStore::set(std::string key, std::string value, Lifetime lifetime,
                    std::vector<std::string> tags, Clock::time_point begun, Clock::time_point now) {
  if (value.size() > kLongestValue) return;
  std::size_t bytes = kEntryOverhead + key.size() + value.size();
  for (const std::string& tag : tags) bytes += sizeof(std::string) + tag.size();
  if (bytes > capacity_) return;
  if (const auto known = places_.find(key); known != places_.end()) remove(known->second);
  entries_.push_front({.key = std::move(key),
                       .value = std::move(value),
                       .tags = std::move(tags),
                       .lifetime = lifetime,
                       .made = now,
                       .begun = begun,
                       .bytes = bytes});
  places_.emplace(entries_.front().key, entries_.begin());
  bytes_ += bytes;
  while (bytes_ > capacity_) remove(std::prev(entries_.end()));
}

void DataStore::revalidate(std::span<const std::string> tags,
                           const std::optional<TagProfile>& profile, Clock::time_point now) {
  marks_.revalidate(tags, profile, now);
}

void DataStore::restart(std::size_t capacity) {
  places_.clear();
  entries_.clear();
  bytes_ = 0;
  capacity_ = capacity;
}

void DataStore::remove(Place place) {
  bytes_ -= place->bytes;
  places_.erase(place->key);
  entries_.erase(place);
}

}  // namespace millrace::cache
