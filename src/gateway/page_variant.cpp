#include "gateway/page_variant.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

constexpr std::string_view kRsc = "rsc";
constexpr std::string_view kPrefetch = "next-router-prefetch";
constexpr std::string_view kSegment = "next-router-segment-prefetch";
constexpr std::string_view kSegmentVariant = "segment:";
/// Requests that a page is rendered again, if its value is the project's secret.
constexpr std::string_view kRevalidate = "x-prerender-revalidate";
/// Longer names of segments are left to the page's entry.
constexpr std::size_t kLongestSegment = 1024;

/// Parts of the names that Next.js looks for; a name with more to it is taken for one of them too.
constexpr std::array<std::string_view, 17> kCrawlers = {
    "bot",      "google",   "lighthouse", "slurp", "spider",   "yandex",
    "sogou",    "tumblr",   "vkshare",    "quora", "archiver", "bingpreview",
    "facebook", "whatsapp", "skype",      "yeti",  "preview"};

}  // namespace

std::optional<std::string> page_variant(const project::Route& route, std::string_view fields,
                                        bool for_data) {
  if (http::find_field(fields, kRevalidate)) return std::nullopt;
  if (route.kind == project::RouterKind::page) {
    return std::string(for_data ? kDataVariant : std::string_view());
  }
  if (for_data) return std::nullopt;
  const bool rsc = http::find_field(fields, kRsc) == "1";
  const auto segment = http::find_field(fields, kSegment);
  if (segment && http::find_field(fields, kPrefetch) == "1") {
    if (!rsc || segment->empty() || segment->size() > kLongestSegment) return std::nullopt;
    return std::string(kSegmentVariant).append(*segment);
  }
  return std::string(rsc ? kRsc : std::string_view());
}

std::string fields_of_variant(std::string_view variant) {
  std::string fields;
  if (variant == kDataVariant) http::append_field(fields, "x-nextjs-data", "1");
  if (variant == kRsc) http::append_field(fields, kRsc, "1");
  if (variant.starts_with(kSegmentVariant)) {
    http::append_field(fields, kRsc, "1");
    http::append_field(fields, kPrefetch, "1");
    http::append_field(fields, kSegment, variant.substr(kSegmentVariant.size()));
  }
  return fields;
}

bool is_of_shell(std::string_view variant) {
  return variant.empty() || variant.starts_with(kSegmentVariant);
}

bool may_be_crawler(std::string_view fields) {
  const auto agent = http::find_field(fields, "user-agent");
  if (!agent) return false;
  std::string name(*agent);
  std::transform(name.begin(), name.end(), name.begin(), base::to_lower);
  return std::any_of(kCrawlers.begin(), kCrawlers.end(), [&name](std::string_view crawler) {
    return name.find(crawler) != std::string::npos;
  });
}

}  // namespace millrace::gateway
