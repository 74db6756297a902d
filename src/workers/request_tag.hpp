// RequestTag identifies the request of an invocation in the log, so that a line that a handler logs
// names the request, although the worker knows only the number of its stream.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::workers {

/// The views are valid as long as the invocation, or during the call that passes the tag.
struct RequestTag {
  /// Empty where request ids are off.
  std::string_view id;
  std::string_view trace_id;
  std::string_view method;
  /// As the client sent it.
  std::string_view target;
  /// The route's path, or empty.
  std::string_view route;
};

/// The tags of the invocations that ended last in a worker, for what they log after their response.
/// Belongs to the loop's thread.
class RecentTags {
 public:
  /// How many are kept.
  static constexpr std::size_t kKept = 256;

  void add(std::uint64_t stream, const RequestTag& tag) {
    Entry& entry = entries_[stream % kKept];
    entry.stream = stream;
    entry.id.assign(tag.id);
    entry.trace_id.assign(tag.trace_id);
    entry.method.assign(tag.method);
    entry.target.assign(tag.target.substr(0, kMostTarget));
    entry.route.assign(tag.route);
  }

  /// Returns the tag of an invocation; nullopt where it is not kept. Valid until the next add().
  [[nodiscard]] std::optional<RequestTag> find(std::uint64_t stream) const {
    const Entry& entry = entries_[stream % kKept];
    if (stream == 0 || entry.stream != stream) return std::nullopt;
    return RequestTag{.id = entry.id,
                      .trace_id = entry.trace_id,
                      .method = entry.method,
                      .target = entry.target,
                      .route = entry.route};
  }

 private:
  /// Longer targets are cut, so that the kept ones need little memory.
  static constexpr std::size_t kMostTarget = 256;

  struct Entry {
    std::uint64_t stream = 0;
    std::string id;
    std::string trace_id;
    std::string method;
    std::string target;
    std::string route;
  };

  std::array<Entry, kKept> entries_;
};

}  // namespace millrace::workers
