// The control messages are what `millrace ps`, `reload`, `snapshot` and a successor say to a server
// that runs, and what it responds, over its control socket (control/control_socket.hpp). Each command's
// name, parameters and response are here and nowhere else; both sides encode and decode with them.
//
// A message is a line of JSON. A request names its command and the version of these messages; without
// a version it is of version 1. A server refuses a request of another version and a parameter that it
// does not know. In a response, a client passes over members that it does not know: a server that is
// newer may add some without another version. `{"error": …, "code": …}` is a refusal of any command.
#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace millrace::serving {

/// Raise it when a message that exists changes its meaning: servers and clients of two versions then
/// refuse each other, and a successor of one cannot take over from a server of the other.
inline constexpr std::int64_t kControlVersion = 1;

struct WorkerStatus {
  std::int64_t pid = 0;
  /// "starting", "ready", "retiring", "draining" or "dead".
  std::string state;
  /// Not empty: why the worker is to be replaced.
  std::string why;
  std::uint64_t in_flight = 0;
  /// Those of them that are streaming.
  std::uint64_t streaming = 0;
  std::uint64_t requests = 0;
  /// Bytes.
  std::uint64_t rss = 0;
  std::uint64_t heap_used = 0;
  /// How late its event loop was last, and the share of time it was at work, 0 to 1.
  std::int64_t lag_us = 0;
  double utilization = 0;
  std::int64_t age_ms = 0;
};
BOOST_DESCRIBE_STRUCT(WorkerStatus, (),
                      (pid, state, why, in_flight, streaming, requests, rss, heap_used, lag_us,
                       utilization, age_ms))

struct RouteStatus {
  std::string path;
  std::uint64_t requests = 0;
  std::uint64_t cpu_us = 0;
  /// Bytes that all requests together seem to have left behind.
  double kept_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(RouteStatus, (), (path, requests, cpu_us, kept_bytes))

struct PoolStatus {
  std::string name;
  /// How many workers the pool wants, and the fewest and the most it may have.
  std::uint64_t wanted = 0;
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::uint64_t queued = 0;
  /// Workers that have died since the pool's start, and how the last one did.
  std::uint64_t deaths = 0;
  std::string last_death;
  std::vector<WorkerStatus> workers;
  /// The most expensive first.
  std::vector<RouteStatus> routes;
};
BOOST_DESCRIBE_STRUCT(PoolStatus, (),
                      (name, wanted, min, max, queued, deaths, last_death, workers, routes))

/// A server at one moment; `millrace ps --json` prints it as it is.
struct ServerStatus {
  std::int64_t pid = 0;
  std::uint16_t port = 0;
  /// The id of the build in service; empty where there is none.
  std::string build;
  /// Bytes.
  std::uint64_t rss = 0;
  std::vector<PoolStatus> pools;
};
BOOST_DESCRIBE_STRUCT(ServerStatus, (), (pid, port, build, rss, pools))

struct ReloadResponse {
  /// The name of the build that is in service now.
  std::string build;
};
BOOST_DESCRIBE_STRUCT(ReloadResponse, (), (build))

struct SnapshotResponse {
  /// The file that the worker writes.
  std::string path;
};
BOOST_DESCRIBE_STRUCT(SnapshotResponse, (), (path))

/// Comes with the descriptors of the listening sockets.
struct ListenersResponse {
  std::uint16_t port = 0;
};
BOOST_DESCRIBE_STRUCT(ListenersResponse, (), (port))

struct HandoverResponse {};
BOOST_DESCRIBE_STRUCT(HandoverResponse, (), ())

/// Asks how the server and its workers are.
struct StatusRequest {
  using Response = ServerStatus;
  static constexpr std::string_view kCommand = "ps";
};
BOOST_DESCRIBE_STRUCT(StatusRequest, (), ())

/// Asks the server to deploy the current build; the response comes when it is in service.
struct ReloadRequest {
  using Response = ReloadResponse;
  static constexpr std::string_view kCommand = "reload";
};
BOOST_DESCRIBE_STRUCT(ReloadRequest, (), ())

/// Asks for a heap snapshot of the worker that is the process `pid`; not_found where there is none.
struct SnapshotRequest {
  using Response = SnapshotResponse;
  static constexpr std::string_view kCommand = "snapshot";
  std::int64_t pid = 0;
};
BOOST_DESCRIBE_STRUCT(SnapshotRequest, (), (pid))

/// Asks for the listening sockets, for a successor.
struct ListenersRequest {
  using Response = ListenersResponse;
  static constexpr std::string_view kCommand = "listeners";
};
BOOST_DESCRIBE_STRUCT(ListenersRequest, (), ())

/// Tells the server that a successor accepts connections: it finishes what it has and ends.
struct HandoverRequest {
  using Response = HandoverResponse;
  static constexpr std::string_view kCommand = "retire";
};
BOOST_DESCRIBE_STRUCT(HandoverRequest, (), ())

using ControlRequest =
    std::variant<StatusRequest, ReloadRequest, SnapshotRequest, ListenersRequest, HandoverRequest>;

/// Returns the request's line, without its end.
[[nodiscard]] std::string encode_request(const ControlRequest& request);

/// Errors: `exhausted` where the text is longer than control::kLongestRequest, else `invalid`; the
/// message says what was expected and what was found.
[[nodiscard]] base::Result<ControlRequest> decode_request(std::string_view text);

/// `Response`: that of one of the requests.
template <typename Response>
[[nodiscard]] std::string encode_response(const Response& response);

/// Returns the line by which a server refuses any request.
[[nodiscard]] std::string encode_refusal(const base::Error& error);

/// `Response`: that of the request that was sent. Returns a refusal as the error that the server gave;
/// else `broken` where the text is no such response.
template <typename Response>
[[nodiscard]] base::Result<Response> decode_response(std::string_view text);

}  // namespace millrace::serving
