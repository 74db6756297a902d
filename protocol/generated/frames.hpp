// Generated from protocol/frames.json by `node protocol/generate.mjs`. Do not edit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::protocol {

inline constexpr std::uint32_t kProtocolVersion = 3;

/// Bytes before every payload: u32 payload length, u8 kind, u8 flags, u16 stream (upper bits), u32 stream (lower bits).
inline constexpr std::size_t kFrameHeadSize = 12;
/// Bytes. A longer payload is a protocol error; bodies are split into body frames well below this limit.
inline constexpr std::size_t kMaxPayload = 1048576;
/// Maximum number of body bytes that a sender should put into one frame, so that streams share the link fairly.
inline constexpr std::size_t kMaxBodyChunk = 65536;
/// Body bytes that each side may send on a stream before the other side grants more with credit.
inline constexpr std::size_t kInitialCredit = 262144;
/// The largest stream number: 48 bits. No number is used twice in one worker.
inline constexpr std::size_t kMaxStream = 281474976710655;
/// Replaces the number of the route in an invoke if no route matches the request. Sent only to workers that have sent listening.
inline constexpr std::size_t kNoRoute = 4294967295;

/// The last frame of this direction of the stream. Allowed on invoke (no body), body, response (with the whole body), and implied by end.
inline constexpr std::uint8_t kFlagEnd = 1;
/// On invoke: evaluate the route as static generation does; the response states how long it may be cached.
inline constexpr std::uint8_t kFlagFill = 2;
/// On ping: send a stats frame before the pong.
inline constexpr std::uint8_t kFlagSample = 4;
/// On invoke: the client offers to switch protocols, and the worker may accept with an upgrade frame.
inline constexpr std::uint8_t kFlagUpgrade = 8;

enum class AbortReason : std::uint8_t {
  client_gone = 1,
  deadline = 2,
  draining = 3,
  handler_failed = 4,
  protocol_error = 5,
  no_room = 6,
};

enum class LogLevel : std::uint8_t {
  debug = 1,
  info = 2,
  warn = 3,
  error = 4,
};

enum class Kind : std::uint8_t {
  /// From node, native or builder. The first frame of a worker: {protocol, role, pid, version}.
  hello = 1,
  /// From server. Load this generation of routes: {generation, manifest, root, mode, env?, eager?, followsRequests?, routes?}.
  load = 2,
  /// From node or native. The generation is loaded, or could not be loaded: {generation, error?}.
  ready = 3,
  /// From server. The head of a request; opens a stream.
  invoke = 4,
  /// From server, node or native. A part of the body of the request or response.
  body = 5,
  /// From server, node or native. The body is complete; the payload holds trailer fields, usually none.
  end = 6,
  /// From server, node or native. Ends the stream early, with an abort_reason. The sender sends nothing more on it.
  abort = 7,
  /// From node or native. The head of a response and the first or only part of its body.
  response = 8,
  /// From server, node or native. Number of further body bytes that the other side may send on this stream.
  credit = 9,
  /// From node, native or builder. A log_level, then UTF-8. The stream is that of the invocation, or 0.
  log = 10,
  /// From node or native. A sample of the worker's state and of the costs of its routes, before the pong of a ping with sample; see link.md.
  stats = 11,
  /// From server. Requests a pong with the same eight bytes.
  ping = 12,
  /// From node, native or builder. Reply to a ping, sent by the worker's event loop.
  pong = 13,
  /// From server. No more invocations follow: close tunnels, finish the invocations in flight, including after() callbacks, then exit with 0. On the stream of a tunnel: close that tunnel.
  drain = 14,
  /// From node. Accepts the client's offer to switch protocols: the fields of the 101 response. From then on the stream is a tunnel.
  upgrade = 15,
  /// From server. A command to a builder; see link.md.
  build = 16,
  /// From builder. The result of a command, from a builder.
  built = 17,
  /// From node. A request to the server's data cache: {id, op, …}; see link.md.
  cache = 18,
  /// From server. The reply to a cache frame: {id, …}.
  cached = 19,
  /// From server, node or native. Write a V8 heap snapshot: {id, path}. The reply is {id, bytes} or {id, error}.
  snapshot = 20,
  /// From node. 1: the worker loads modules for which requests wait; 0: it does no more.
  loading = 21,
  /// From node. 1: the worker accepts requests that match no route, as route no_route; 2: only those that offer an upgrade; 0: none.
  listening = 22,
  /// From node. Before the response: the fields of a 103 (Early Hints) response.
  inform = 23,
};

struct KindInfo {
  /// Empty for a number that no kind has.
  std::string_view name;
  /// Bytes of its payload.
  std::uint32_t smallest = 0;
  std::uint32_t largest = 0;
  /// The flags that it may have.
  std::uint8_t flags = 0;
  /// Who may send it: a bit for each Role.
  std::uint8_t from = 0;
};

/// By number.
inline constexpr std::array<KindInfo, 24> kKinds = {
    KindInfo{},
    KindInfo{"hello", 0, 1048576, 1, 14},
    KindInfo{"load", 0, 1048576, 1, 1},
    KindInfo{"ready", 0, 1048576, 1, 6},
    KindInfo{"invoke", 28, 1048576, 11, 1},
    KindInfo{"body", 0, 1048576, 1, 7},
    KindInfo{"end", 0, 1048576, 1, 7},
    KindInfo{"abort", 1, 1, 1, 7},
    KindInfo{"response", 8, 1048576, 1, 6},
    KindInfo{"credit", 4, 4, 1, 7},
    KindInfo{"log", 1, 1048576, 1, 14},
    KindInfo{"stats", 0, 1048576, 1, 6},
    KindInfo{"ping", 8, 8, 5, 1},
    KindInfo{"pong", 8, 8, 1, 14},
    KindInfo{"drain", 0, 0, 1, 1},
    KindInfo{"upgrade", 0, 1048576, 1, 2},
    KindInfo{"build", 0, 1048576, 1, 1},
    KindInfo{"built", 0, 1048576, 1, 8},
    KindInfo{"cache", 0, 1048576, 1, 2},
    KindInfo{"cached", 0, 1048576, 1, 1},
    KindInfo{"snapshot", 0, 1048576, 1, 7},
    KindInfo{"loading", 1, 1, 1, 2},
    KindInfo{"listening", 1, 1, 1, 2},
    KindInfo{"inform", 0, 1048576, 1, 2},
};

/// Null for a number that no kind has.
constexpr const KindInfo* find_kind(std::uint8_t number) {
  if (number >= kKinds.size() || kKinds[number].name.empty()) return nullptr;
  return &kKinds[number];
}

/// Who speaks the link.
enum class Role : std::uint8_t {
  /// Starts the others; runs no project code.
  server,
  /// A worker that runs JavaScript and TypeScript routes.
  node,
  /// A worker that runs routes in C++.
  native,
  /// Evaluates next.config and bundles routes.
  builder,
};

/// What a role calls itself in hello.
constexpr std::string_view role_name(Role role) {
  constexpr std::array<std::string_view, 4> kNames = {"server", "node", "native", "builder"};
  return kNames[static_cast<std::size_t>(role)];
}

/// Whether the role may send frames of that kind.
constexpr bool may_send(Role role, Kind kind) {
  const KindInfo* const info = find_kind(static_cast<std::uint8_t>(kind));
  return info != nullptr && (info->from >> static_cast<unsigned>(role) & 1U) != 0;
}

/// Offsets in the fixed part of the payload of `invoke`.
namespace invoke_head {
/// u32. The generation to whose manifest the route index belongs.
inline constexpr std::size_t kGeneration = 0;
/// u32. Index of the route in the manifest.
inline constexpr std::size_t kRoute = 4;
/// u32. Bytes of target.
inline constexpr std::size_t kTargetLength = 8;
/// u32. Bytes of parameters.
inline constexpr std::size_t kParametersLength = 12;
/// u32. Bytes of fields.
inline constexpr std::size_t kFieldsLength = 16;
/// u16. Bytes of method.
inline constexpr std::size_t kMethodLength = 20;
/// u16. Bytes of remote_address.
inline constexpr std::size_t kRemoteAddressLength = 22;
/// u16. The client's port.
inline constexpr std::size_t kRemotePort = 24;
/// u8. 10, 11 or 20.
inline constexpr std::size_t kHttpVersion = 26;
/// bool. Whether the client's connection is TLS.
inline constexpr std::size_t kSecure = 27;
/// Bytes of the fixed part.
inline constexpr std::size_t kSize = 28;
}  // namespace invoke_head

/// Offsets in the fixed part of the payload of `response`.
namespace response_head {
/// u16. The HTTP status code.
inline constexpr std::size_t kStatus = 0;
/// u16. Bytes of reason.
inline constexpr std::size_t kReasonLength = 2;
/// u32. Bytes of fields.
inline constexpr std::size_t kFieldsLength = 4;
/// Bytes of the fixed part.
inline constexpr std::size_t kSize = 8;
}  // namespace response_head

}  // namespace millrace::protocol
