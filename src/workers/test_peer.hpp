// A worker in this process for tests, which write its frames and read the frames sent to it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "link/frame.hpp"
#include "link/frame_encoder.hpp"
#include "net/event_loop.hpp"
#include "workers/inline_peer.hpp"

namespace millrace::workers {

/// The test's handle on such a worker; must outlive it.
class PeerScript {
 public:
  struct Frame {
    link::Kind kind;
    std::uint64_t stream;
    std::string payload;
    bool end;
  };

  /// The frames sent to the worker so far.
  std::vector<Frame> received;
  /// Whether it has been told to drain and has nothing left to do.
  bool ended = false;

  /// Makes the worker send a frame at the end of a turn.
  void send(link::Kind kind, std::uint64_t stream, std::string_view payload, bool end = false) {
    link::append_frame(outgoing_, kind, stream, payload, end);
    has_frames_();
  }
  void respond(std::uint64_t stream, std::string_view body, bool end,
               std::string_view fields = "x: y\r\n") {
    link::append_response(outgoing_, stream,
                          {.status = 200, .reason = {}, .fields = fields, .body = body}, end);
    has_frames_();
  }
  void send_hello(std::string_view role = "node") {
    send(link::Kind::hello, 0, R"({"protocol":3,"role":")" + std::string(role) + R"("})");
  }
  void send_ready(std::uint32_t generation) {
    send(link::Kind::ready, 0, R"({"generation":)" + std::to_string(generation) + "}");
  }
  /// Ends the worker: the link is closed from its side.
  void end() {
    ended = true;
    has_frames_();
  }

  [[nodiscard]] std::size_t count(link::Kind kind) const {
    std::size_t found = 0;
    for (const Frame& frame : received) found += frame.kind == kind ? 1 : 0;
    return found;
  }
  /// Returns the last frame of that kind, which must exist.
  [[nodiscard]] const Frame& last(link::Kind kind) const {
    for (auto frame = received.rbegin(); frame != received.rend(); ++frame) {
      if (frame->kind == kind) return *frame;
    }
    std::abort();
  }

  /// Makes the worker for a channel.
  [[nodiscard]] InlineFactory factory() {
    return [this](boost::asio::io_context& /*context*/, std::function<void()> has_frames) {
      has_frames_ = std::move(has_frames);
      return std::make_unique<Peer>(*this);
    };
  }

 private:
  class Peer final : public InlinePeer {
   public:
    explicit Peer(PeerScript& script) : script_(script) {}

    bool receive(std::string_view frames) override {
      while (!frames.empty()) {
        const link::Decoded decoded = link::decode_frame(frames);
        if (decoded.status != link::DecodeStatus::frame) return false;
        script_.received.push_back({.kind = decoded.frame.kind,
                                    .stream = decoded.frame.stream,
                                    .payload = std::string(decoded.frame.payload),
                                    .end = decoded.frame.end()});
        frames.remove_prefix(decoded.consumed);
      }
      return true;
    }
    void take(std::string& frames) override { frames = std::exchange(script_.outgoing_, {}); }
    [[nodiscard]] bool ended() const override { return script_.ended; }

   private:
    PeerScript& script_;
  };

  std::string outgoing_;
  std::function<void()> has_frames_;
};

/// Runs everything that is ready, and what that makes ready.
inline void run_turns(net::EventLoop& loop, int turns = 10) {
  for (int turn = 0; turn < turns; ++turn) {
    loop.post([&loop] { loop.stop(); });
    loop.run();
  }
}

}  // namespace millrace::workers
