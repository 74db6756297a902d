#include "support/answering_peer.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "link/frame_encoder.hpp"

namespace millrace::fuzz {

using link::Frame;
using link::Kind;

namespace {

constexpr std::size_t kLarge = std::size_t{1024} * 1024;
constexpr std::size_t kPiece = std::size_t{64} * 1024;

}  // namespace

AnsweringPeer::AnsweringPeer(PeerLedger& ledger, std::function<void()> has_frames)
    : ledger_(ledger), has_frames_(std::move(has_frames)) {
  link::append_frame(frames_, Kind::hello, 0,
                     "{\"protocol\":" + std::to_string(protocol::kProtocolVersion) +
                         R"(,"role":"node","pid":1,"version":"fuzz"})");
  ledger_.release = [this] { release(); };
}

AnsweringPeer::~AnsweringPeer() {
  ledger_.over += streams_.size();
  ledger_.release = nullptr;
}

bool AnsweringPeer::receive(std::string_view frames) {
  while (!frames.empty()) {
    const link::Decoded decoded = link::decode_frame(frames);
    // Only the server writes here, whole frames at a time.
    if (decoded.status != link::DecodeStatus::frame) std::abort();
    frames.remove_prefix(decoded.consumed);
    const Frame& frame = decoded.frame;
    const auto open = streams_.find(frame.stream);
    switch (frame.kind) {
      case Kind::load:
        link::append_frame(frames_, Kind::ready, 0, R"({"generation":1})");
        break;
      case Kind::ping:
        link::append_frame(frames_, Kind::pong, 0, frame.payload);
        break;
      case Kind::drain:
        draining_ = draining_ || frame.stream == 0;
        break;
      case Kind::end:
        body(frame);
        break;
      case Kind::invoke:
        invoke(frame);
        break;
      case Kind::body:
        body(frame);
        break;
      case Kind::credit:
        if (open == streams_.end()) break;
        open->second.credit += link::decode_credit(frame.payload).value_or(0);
        go_on(frame.stream, open->second);
        break;
      case Kind::abort:
        if (open != streams_.end()) finish(frame.stream);
        break;
      default:
        break;
    }
  }
  return true;
}

void AnsweringPeer::take(std::string& frames) {
  frames.clear();
  frames.swap(frames_);
}

void AnsweringPeer::invoke(const Frame& frame) {
  const auto request = link::decode_invoke(frame.payload);
  if (!request) std::abort();
  ++ledger_.invoked;
  Stream& stream = streams_[frame.stream];
  stream.credit = protocol::kInitialCredit;
  const std::string_view path = request->target;
  if (frame.upgrade() && path.starts_with("/tunnel")) {
    open_tunnel(frame.stream, stream, path);
  } else if (path.starts_with("/late")) {
    stream.waits = true;
  } else if (path.starts_with("/abort")) {
    link::append_abort(frames_, frame.stream, link::AbortReason::handler_failed);
    finish(frame.stream);
  } else if (path.starts_with("/echo") && !frame.end()) {
    stream.echoes = true;
    link::append_response(frames_, frame.stream,
                          {.status = 200, .reason = {}, .fields = {}, .body = {}}, false);
  } else if (path.starts_with("/large")) {
    stream.rest = kLarge;
    link::append_response(frames_, frame.stream,
                          {.status = 200, .reason = {}, .fields = {}, .body = {}}, false);
    go_on(frame.stream, stream);
  } else if (path.starts_with("/whole")) {
    const std::string body(100, 'w');
    ledger_.handed += body.size();
    link::append_response(frames_, frame.stream,
                          {.status = 200, .reason = {}, .fields = {}, .body = body}, true);
    finish(frame.stream);
  } else {
    link::append_response(frames_, frame.stream,
                          {.status = 204, .reason = {}, .fields = {}, .body = {}}, true);
    finish(frame.stream);
  }
}

void AnsweringPeer::open_tunnel(std::uint32_t number, Stream& stream, std::string_view path) {
  link::append_frame(frames_, Kind::upgrade, number, "Upgrade: t\r\n");
  stream.tunnel = true;
  stream.echoes = path == "/tunnel";
  if (path == "/tunnel/end") {
    stream.tunnel_ended = true;
    link::append_frame(frames_, Kind::end, number, {});
  } else if (path == "/tunnel/close") {
    ledger_.handed += kPiece;
    link::append_frame(frames_, Kind::body, number, std::string(kPiece, 't'));
    link::append_abort(frames_, number, link::AbortReason::handler_failed);
    finish(number);
  }
}

void AnsweringPeer::body(const Frame& frame) {
  const auto open = streams_.find(frame.stream);
  if (open == streams_.end()) return;
  const bool end = frame.end() || frame.kind == Kind::end;
  if (!frame.payload.empty()) {
    link::append_credit(frames_, frame.stream, static_cast<std::uint32_t>(frame.payload.size()));
  }
  if (open->second.tunnel && open->second.tunnel_ended && end) return finish(frame.stream);
  if (!open->second.echoes) return;
  // The reader's pace bounds an echo: what does not fit its credit is not echoed.
  const std::size_t size = std::min(open->second.credit, frame.payload.size());
  open->second.credit -= size;
  ledger_.handed += size;
  link::append_frame(frames_, Kind::body, frame.stream, frame.payload.substr(0, size), end);
  if (end) finish(frame.stream);
}

void AnsweringPeer::go_on(std::uint32_t number, Stream& stream) {
  static const std::string piece(kPiece, 'l');
  while (stream.rest > 0 && stream.credit > 0) {
    const std::size_t size = std::min({stream.rest, stream.credit, kPiece});
    stream.rest -= size;
    stream.credit -= size;
    ledger_.handed += size;
    link::append_frame(frames_, Kind::body, number, std::string_view(piece).substr(0, size),
                       stream.rest == 0);
    if (stream.rest == 0) return finish(number);
  }
}

void AnsweringPeer::finish(std::uint32_t number) {
  streams_.erase(number);
  ++ledger_.over;
}

void AnsweringPeer::release() {
  std::vector<std::uint32_t> waiting;
  for (const auto& [number, stream] : streams_) {
    if (stream.waits) waiting.push_back(number);
  }
  for (const std::uint32_t number : waiting) {
    link::append_response(frames_, number,
                          {.status = 200, .reason = {}, .fields = {}, .body = "late"}, true);
    finish(number);
  }
  has_frames_();
}

}  // namespace millrace::fuzz
