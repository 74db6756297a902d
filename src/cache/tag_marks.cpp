#include "cache/tag_marks.hpp"

#include <algorithm>

namespace millrace::cache {

namespace {

/// A project may revalidate a tag for each of its users.
constexpr std::size_t kMostMarks = 100'000;

}  // namespace

void TagMarks::revalidate(std::span<const std::string> tags,
                          const std::optional<TagProfile>& profile, Clock::time_point now) {
  for (const std::string& tag : tags) {
    Mark& mark = marks_[tag];
    if (!profile) {
      mark.expired = now;
      continue;
    }
    mark.stale = now;
    if (profile->expire) mark.expired = now + *profile->expire;
  }
  if (marks_.size() <= kMostMarks) return;
  marks_.clear();
  forgotten_ = now;
}

void TagMarks::clear() {
  marks_.clear();
  forgotten_.reset();
}

bool TagMarks::expired(std::span<const std::string> tags, Clock::time_point made,
                       Clock::time_point now) const {
  if (forgotten_ && made <= *forgotten_) return true;
  if (marks_.empty()) return false;
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    const auto mark = marks_.find(tag);
    return mark != marks_.end() && mark->second.expired && *mark->second.expired <= now &&
           *mark->second.expired > made;
  });
}

bool TagMarks::stale(std::span<const std::string> tags, Clock::time_point made) const {
  if (marks_.empty()) return false;
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    const auto mark = marks_.find(tag);
    return mark != marks_.end() && mark->second.stale && *mark->second.stale > made;
  });
}

}  // namespace millrace::cache
