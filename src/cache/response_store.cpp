#include "cache/response_store.hpp"

#include <algorithm>
#include <utility>

namespace millrace::cache {

using std::chrono::milliseconds;

Freshness ResponseStore::judge(const CachedResponse& response, Clock::time_point now) const {
  return cache::judge(response.lifetime, response.tags, response.begun, response.made, marks_, now);
}

FoundResponse ResponseStore::get(std::string_view key, Clock::time_point now) {
  const auto known = places_.find(key);
  if (known == places_.end()) return {};
  const Place place = known->second;
  const Freshness freshness = judge(*place->response, now);
  if (freshness == Freshness::none) {
    remove(place);
    return {};
  }
  entries_.splice(entries_.begin(), entries_, place);
  return {.freshness = freshness, .response = place->response};
}

void ResponseStore::set(std::string key, SharedResponse response) {
  if (const auto known = places_.find(key); known != places_.end()) remove(known->second);
  const std::size_t bytes = key.size() + response->bytes();
  if (bytes > capacity_) return;
  entries_.push_front({.key = std::move(key), .response = std::move(response), .bytes = bytes});
  places_.emplace(entries_.front().key, entries_.begin());
  bytes_ += bytes;
  while (bytes_ > capacity_) remove(std::prev(entries_.end()));
}

void ResponseStore::remove_beginning_with(std::string_view beginning) {
  for (auto next = places_.lower_bound(beginning);
       next != places_.end() && next->first.starts_with(beginning);) {
    const Place place = next->second;
    ++next;
    remove(place);
  }
}

void ResponseStore::put_off(std::string_view key, Clock::time_point now) {
  const auto known = places_.find(key);
  if (known == places_.end()) return;
  CachedResponse again = *known->second->response;
  const milliseconds before = again.lifetime.revalidate.value_or(milliseconds(0));
  again.lifetime.revalidate = std::clamp(before, milliseconds(3000), milliseconds(30'000));
  again.made = now;
  again.begun = now;
  set(std::string(key), std::make_shared<const CachedResponse>(std::move(again)));
}

void ResponseStore::restart(std::size_t capacity) {
  places_.clear();
  entries_.clear();
  bytes_ = 0;
  capacity_ = capacity;
}

void ResponseStore::remove(Place place) {
  bytes_ -= place->bytes;
  places_.erase(place->key);
  entries_.erase(place);
}

}  // namespace millrace::cache
