// Sorts the frames that a worker has not read: those of invocations that another worker can run are
// taken out, the rest is sent to the worker again. Works on bytes only, without I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workers/invocation.hpp"

namespace millrace::workers {

/// An invocation of which the worker has read nothing.
struct UnreadInvocation {
  std::uint64_t stream = 0;
  SentBefore sent;
};

struct UnreadFrames {
  /// What can be given to another worker, by stream.
  std::vector<UnreadInvocation> taken;
  /// The other bytes, in their order.
  std::string rest;
  /// Where the frames `invoke` of the streams that were not taken are in `rest`.
  struct Place {
    std::uint64_t stream = 0;
    std::size_t at = 0;
  };
  std::vector<Place> places;
};

/// What happens to a stream whose first frame the worker has not read.
enum class UnreadFate : std::uint8_t {
  take,
  /// Its invocation has ended, so the worker need not know of it.
  drop,
  leave,
};

/// `bytes` is what the worker has not read, and its first frame begins at `first`: what comes before
/// is the rest of a frame that the worker has begun to read, and frames of earlier streams. Calls
/// `fate` for each stream whose first frame is in `bytes`; a stream with frames of other kinds than
/// `invoke`, `body` and `end` is left, unless it is dropped. Returns nullopt unless `bytes` consists
/// of whole frames from `first` on.
[[nodiscard]] std::optional<UnreadFrames> sort_unread(
    std::string_view bytes, std::size_t first,
    const std::function<UnreadFate(std::uint64_t stream)>& fate);

}  // namespace millrace::workers
