// AnsweringPeer is a worker without a process: it speaks the link's frames in memory and answers as
// the request's path asks it to, so that a target can drive the whole gateway without a child.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "link/frame.hpp"
#include "workers/inline_peer.hpp"

namespace millrace::fuzz {

/// What all peers of a fleet share with the target that made them.
struct PeerLedger {
  /// Bytes of response bodies handed to the server so far.
  std::uint64_t handed = 0;
  /// Requests that were invoked, and those of them that are over.
  std::uint64_t invoked = 0;
  std::uint64_t over = 0;
  /// Answers those that wait: `/late`. Null while there is no peer.
  std::function<void()> release;
};

/// `/whole`: 100 bytes at once. `/large`: a megabyte, as credit allows. `/echo`: the request's body.
/// `/late`: nothing before the ledger's release(). `/abort`: an abort. An offer of an upgrade:
/// `/tunnel` echoes, `/tunnel/end` ends its side at once, `/tunnel/close` sends a piece and closes.
/// Anything else: 204.
class AnsweringPeer final : public workers::InlinePeer {
 public:
  /// `ledger` outlives the peer.
  AnsweringPeer(PeerLedger& ledger, std::function<void()> has_frames);
  ~AnsweringPeer() override;

  [[nodiscard]] bool receive(std::string_view frames) override;
  void take(std::string& frames) override;
  [[nodiscard]] bool ended() const override { return draining_ && streams_.empty(); }

 private:
  struct Stream {
    /// Bytes of body still to send, and how many of them may go.
    std::size_t rest = 0;
    std::size_t credit = 0;
    bool echoes = false;
    bool waits = false;
    bool tunnel = false;
    /// The worker's side of the tunnel has ended.
    bool tunnel_ended = false;
  };

  void invoke(const link::Frame& frame);
  void open_tunnel(std::uint32_t number, Stream& stream, std::string_view path);
  void body(const link::Frame& frame);
  void go_on(std::uint32_t number, Stream& stream);
  void finish(std::uint32_t number);
  void release();

  PeerLedger& ledger_;
  std::function<void()> has_frames_;
  std::map<std::uint32_t, Stream> streams_;
  std::string frames_;
  bool draining_ = false;
};

}  // namespace millrace::fuzz
