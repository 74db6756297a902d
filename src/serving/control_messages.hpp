// The control messages are the requests that `millrace ps`, `reload`, `snapshot` and a successor
// send to a running server over its control socket (control/control_socket.hpp), and its responses.
// Each command's name, parameters and response are defined here only; both sides encode and decode
// with these types.
//
// A message is a line of JSON. A request has its command and the version of these messages; without
// a version it has version 1. A server refuses a request of another version and one with an unknown
// parameter. A client ignores unknown members of a response, so a newer server can add members
// without a new version. `{"error": …, "code": …}` refuses any command.
#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace millrace::serving {

/// Increment this when the meaning of an existing message changes. Servers and clients of different
/// versions then refuse each other, and a successor of one version cannot take over from a server
/// of the other.
inline constexpr std::int64_t kControlVersion = 1;

struct WorkerStatus {
  std::int64_t pid = 0;
  /// "starting", "ready", "retiring", "draining" or "dead".
  std::string state;
  /// Why the worker is to be replaced; empty if it is not.
  std::string why;
  std::uint64_t in_flight = 0;
  /// How many of the invocations in flight are streaming.
  std::uint64_t streaming = 0;
  std::uint64_t requests = 0;
  /// Bytes.
  std::uint64_t rss = 0;
  std::uint64_t heap_used = 0;
  /// Latency of the last ping in microseconds, and the share of time for which the event loop was
  /// busy, 0 to 1.
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
  /// Estimated bytes retained by all requests together.
  double kept_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(RouteStatus, (), (path, requests, cpu_us, kept_bytes))

struct PoolStatus {
  std::string name;
  /// How many workers the pool should have now, and the minimum and maximum.
  std::uint64_t wanted = 0;
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::uint64_t queued = 0;
  /// How many workers have died since the pool's start, and the cause of the last death.
  std::uint64_t deaths = 0;
  std::string last_death;
  std::vector<WorkerStatus> workers;
  /// Most expensive first.
  std::vector<RouteStatus> routes;
};
BOOST_DESCRIBE_STRUCT(PoolStatus, (),
                      (name, wanted, min, max, queued, deaths, last_death, workers, routes))

/// The state of a server at one moment; `millrace ps --json` prints it unchanged.
struct ServerStatus {
  std::int64_t pid = 0;
  std::uint16_t port = 0;
  /// The id of the build in service; empty if there is none.
  std::string build;
  /// Bytes.
  std::uint64_t rss = 0;
  std::vector<PoolStatus> pools;
};
BOOST_DESCRIBE_STRUCT(ServerStatus, (), (pid, port, build, rss, pools))

struct ReloadResponse {
  /// The name of the build that is now in service.
  std::string build;
};
BOOST_DESCRIBE_STRUCT(ReloadResponse, (), (build))

struct SnapshotResponse {
  /// The file that the worker writes.
  std::string path;
};
BOOST_DESCRIBE_STRUCT(SnapshotResponse, (), (path))

/// Sent together with the descriptors of the listening sockets.
struct ListenersResponse {
  std::uint16_t port = 0;
};
BOOST_DESCRIBE_STRUCT(ListenersResponse, (), (port))

/// The keys of TLS session tickets, for a successor; secret.
struct TicketKeysResponse {
  /// As net::TlsTicketKeys::to_text().
  std::string keys;
};
BOOST_DESCRIBE_STRUCT(TicketKeysResponse, (), (keys))

struct HandoverResponse {};
BOOST_DESCRIBE_STRUCT(HandoverResponse, (), ())

/// Requests the status of the server and its workers.
struct StatusRequest {
  using Response = ServerStatus;
  static constexpr std::string_view kCommand = "ps";
};
BOOST_DESCRIBE_STRUCT(StatusRequest, (), ())

/// Requests that the server deploy the current build; the response is sent when the build is in
/// service.
struct ReloadRequest {
  using Response = ReloadResponse;
  static constexpr std::string_view kCommand = "reload";
};
BOOST_DESCRIBE_STRUCT(ReloadRequest, (), ())

/// Requests a heap snapshot of the worker with process id `pid`. Error: not_found if there is none.
struct SnapshotRequest {
  using Response = SnapshotResponse;
  static constexpr std::string_view kCommand = "snapshot";
  std::int64_t pid = 0;
};
BOOST_DESCRIBE_STRUCT(SnapshotRequest, (), (pid))

/// Requests the listening sockets, for a successor.
struct ListenersRequest {
  using Response = ListenersResponse;
  static constexpr std::string_view kCommand = "listeners";
};
BOOST_DESCRIBE_STRUCT(ListenersRequest, (), ())

/// Requests the keys of session tickets, for a successor.
struct TicketKeysRequest {
  using Response = TicketKeysResponse;
  static constexpr std::string_view kCommand = "ticket_keys";
};
BOOST_DESCRIBE_STRUCT(TicketKeysRequest, (), ())

/// Tells the server that a successor accepts connections: the server drains and ends.
struct HandoverRequest {
  using Response = HandoverResponse;
  static constexpr std::string_view kCommand = "retire";
};
BOOST_DESCRIBE_STRUCT(HandoverRequest, (), ())

using ControlRequest = std::variant<StatusRequest, ReloadRequest, SnapshotRequest, ListenersRequest,
                                    TicketKeysRequest, HandoverRequest>;

/// Returns the request's line, without the line end.
[[nodiscard]] std::string encode_request(const ControlRequest& request);

/// Errors: `exhausted` if the text is longer than control::kLongestRequest, otherwise `invalid`;
/// the message says what was expected and what was found.
[[nodiscard]] base::Result<ControlRequest> decode_request(std::string_view text);

/// `Response` is the response type of one of the requests.
template <typename Response>
[[nodiscard]] std::string encode_response(const Response& response);

/// Returns the line by which a server refuses a request.
[[nodiscard]] std::string encode_refusal(const base::Error& error);

/// `Response` is the response type of the request that was sent. Returns a refusal as the server's
/// error, and `broken` if the text is not such a response.
template <typename Response>
[[nodiscard]] base::Result<Response> decode_response(std::string_view text);

}  // namespace millrace::serving
