#include "workers/unread_frames.hpp"

#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "link/frame.hpp"

namespace millrace::workers {

namespace {

using link::Kind;

bool can_be_repeated(Kind kind) {
  return kind == Kind::invoke || kind == Kind::body || kind == Kind::end;
}

struct Framed {
  link::Frame frame;
  std::string_view bytes;
};

/// Returns the frames that `bytes` consists of; nullopt if it does not.
std::optional<std::vector<Framed>> split(std::string_view bytes) {
  std::vector<Framed> frames;
  while (!bytes.empty()) {
    const link::Decoded decoded = link::decode_frame(bytes);
    if (decoded.status != link::DecodeStatus::frame) return std::nullopt;
    const bool invokes = decoded.frame.kind == Kind::invoke;
    if (invokes && !link::decode_invoke(decoded.frame.payload)) return std::nullopt;
    frames.push_back({.frame = decoded.frame, .bytes = bytes.substr(0, decoded.consumed)});
    bytes.remove_prefix(decoded.consumed);
  }
  return frames;
}

/// Returns the streams that have a frame which no other worker can be sent.
std::unordered_set<std::uint64_t> find_unrepeatable(const std::vector<Framed>& frames) {
  std::unordered_set<std::uint64_t> found;
  for (const auto& [frame, bytes] : frames) {
    if (frame.stream != 0 && !can_be_repeated(frame.kind)) found.insert(frame.stream);
  }
  return found;
}

/// Adds a frame after `invoke` to what was sent of its stream.
void add(SentBefore& sent, const link::Frame& frame) {
  if (frame.kind == Kind::body) sent.body += frame.payload;
  sent.ended = sent.ended || frame.end() || frame.kind == Kind::end;
}

}  // namespace

std::optional<UnreadFrames> sort_unread(
    std::string_view bytes, std::size_t first,
    const std::function<UnreadFate(std::uint64_t stream)>& fate) {
  const auto frames = split(bytes.substr(first));
  if (!frames) return std::nullopt;
  const std::unordered_set<std::uint64_t> unrepeatable = find_unrepeatable(*frames);
  UnreadFrames sorted;
  sorted.rest = bytes.substr(0, first);
  /// Where a stream is in `sorted.taken`; nothing for one that is dropped.
  std::unordered_map<std::uint64_t, std::optional<std::size_t>> gone;
  for (const auto& [frame, framed] : *frames) {
    if (frame.kind == Kind::invoke) {
      UnreadFate what = fate(frame.stream);
      if (what == UnreadFate::take && unrepeatable.contains(frame.stream)) what = UnreadFate::leave;
      if (what == UnreadFate::drop) {
        gone[frame.stream] = std::nullopt;
      } else if (what == UnreadFate::take) {
        gone[frame.stream] = sorted.taken.size();
        sorted.taken.push_back(
            {.stream = frame.stream,
             .sent = {.invoke = std::string(framed), .body = {}, .ended = frame.end()}});
      } else {
        sorted.places.push_back({.stream = frame.stream, .at = sorted.rest.size()});
        sorted.rest += framed;
      }
      continue;
    }
    const auto found = gone.find(frame.stream);
    if (found == gone.end()) {
      sorted.rest += framed;
    } else if (found->second) {
      add(sorted.taken[*found->second].sent, frame);
    }
  }
  return sorted;
}

}  // namespace millrace::workers
