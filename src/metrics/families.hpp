// The metrics of a server, in the order of its metrics page. docs/monitoring.md describes each with
// its labels; a test compares the two.
#pragma once

#include "metrics/text_page.hpp"

namespace millrace::metrics::families {

using enum FamilyType;

inline constexpr Family kBuildInfo{
    "millrace_build_info", gauge, "The server's version and the build in service; the value is 1."};
inline constexpr Family kStartTime{"process_start_time_seconds", gauge,
                                   "Start of the server, in seconds since the Unix epoch."};
inline constexpr Family kProcessCpu{"process_cpu_seconds_total", counter,
                                    "CPU time of the server process, without its workers."};
inline constexpr Family kProcessMemory{
    "process_resident_memory_bytes", gauge,
    "Resident memory of the server process, without its workers."};
inline constexpr Family kMaxFds{"process_max_fds", gauge,
                                "Maximum number of open file descriptors of the server process."};
inline constexpr Family kLoopDelay{
    "millrace_event_loop_delay_seconds", histogram,
    "By how much the server's event loop is late, measured once a second."};
inline constexpr Family kReady{"millrace_ready", gauge,
                               "1 while /readyz responds with 200, else 0."};
inline constexpr Family kDraining{"millrace_draining_fleets", gauge,
                                  "Sets of workers of earlier builds that finish their requests."};

inline constexpr Family kRequestDuration{
    "millrace_http_request_duration_seconds", histogram,
    "Time from a request's head to the last byte of its response."};
inline constexpr Family kRequestsInFlight{"millrace_http_requests_in_flight", gauge,
                                          "Requests without a complete response."};
inline constexpr Family kRequestBytes{"millrace_http_request_body_bytes_total", counter,
                                      "Bytes of request bodies received."};
inline constexpr Family kResponseBytes{"millrace_http_response_body_bytes_total", counter,
                                       "Bytes of response bodies sent, after compression."};
inline constexpr Family kMalformed{"millrace_http_malformed_requests_total", counter,
                                   "Requests that the HTTP parser refused."};

inline constexpr Family kConnections{"millrace_connections", gauge, "Open connections of clients."};
inline constexpr Family kAccepted{"millrace_connections_accepted_total", counter,
                                  "Connections that the server accepted."};
inline constexpr Family kRefused{"millrace_connections_refused_total", counter,
                                 "Connections that the server refused at a limit."};
inline constexpr Family kRequestsRefused{"millrace_requests_refused_total", counter,
                                         "Requests that a rule of `millrace.toml` refused."};
inline constexpr Family kTunnels{"millrace_tunnels", gauge,
                                 "WebSockets and other upgraded connections that are open."};
inline constexpr Family kTunnelsOpened{"millrace_tunnels_opened_total", counter,
                                       "Upgraded connections that were opened."};
inline constexpr Family kHandshakes{"millrace_tls_handshakes_total", counter,
                                    "TLS handshakes by their end: `full`, `resumed` or `failed`."};
inline constexpr Family kClientMemory{"millrace_client_memory_bytes", gauge,
                                      "Bytes that the server buffers for clients."};
inline constexpr Family kClientMemoryLimit{"millrace_client_memory_limit_bytes", gauge,
                                           "Maximum of millrace_client_memory_bytes."};

inline constexpr Family kWorkers{"millrace_workers", gauge, "Workers by state."};
inline constexpr Family kWorkersWanted{"millrace_workers_wanted", gauge,
                                       "Number of workers that the scaler wants."};
inline constexpr Family kWorkersMax{"millrace_workers_max", gauge, "Maximum number of workers."};
inline constexpr Family kTakenBack{"millrace_invocations_taken_back_total", counter,
                                   "Invocations taken back from a worker that had not read them."};
inline constexpr Family kWorkerStarts{"millrace_worker_starts_total", counter,
                                      "Workers that were started."};
inline constexpr Family kWorkerEnds{"millrace_worker_ends_total", counter,
                                    "Workers that have ended, by cause."};
inline constexpr Family kWorkerMemory{"millrace_worker_memory_bytes", gauge,
                                      "Resident memory of all workers."};
inline constexpr Family kLargestWorker{"millrace_worker_memory_largest_bytes", gauge,
                                       "Resident memory of the largest worker."};
inline constexpr Family kWorkerHeap{"millrace_worker_heap_used_bytes", gauge,
                                    "Used JavaScript heap of all workers."};
inline constexpr Family kWorkerCpu{"millrace_worker_cpu_seconds_total", counter,
                                   "CPU time of workers, as far as they have reported it."};
inline constexpr Family kUtilization{
    "millrace_worker_event_loop_utilization_ratio", gauge,
    "Share of time for which the event loops of ready workers are busy, on average."};
inline constexpr Family kWorkerTurns{
    "millrace_worker_event_loop_turn_seconds", histogram,
    "Longest turn of a worker's event loop between two reports, about once a second."};

inline constexpr Family kQueueDuration{"millrace_queue_duration_seconds", histogram,
                                       "Time for which an invocation waits for a worker."};
inline constexpr Family kQueueLength{"millrace_queue_length", gauge,
                                     "Invocations that wait for a worker."};
inline constexpr Family kInvocations{"millrace_invocations_in_flight", gauge,
                                     "Invocations that workers have and that are not complete."};
inline constexpr Family kStreaming{"millrace_invocations_streaming", gauge,
                                   "Invocations in flight whose response has begun."};
inline constexpr Family kRefusals{"millrace_invocations_refused_total", counter,
                                  "Invocations that no worker took, by reason."};

inline constexpr Family kRouteInvocations{"millrace_route_invocations_total", counter,
                                          "Invocations of a route that workers have reported."};
inline constexpr Family kRouteCpu{"millrace_route_cpu_seconds_total", counter,
                                  "CPU time of workers' event loops that a route is charged for."};
inline constexpr Family kRouteRetained{
    "millrace_route_retained_bytes", gauge,
    "Estimated memory that a route retains for each of its invocations."};

inline constexpr Family kCacheLookups{"millrace_cache_lookups_total", counter,
                                      "Lookups in a cache, by result."};
inline constexpr Family kCacheBytes{"millrace_cache_bytes", gauge, "Bytes in a cache."};
inline constexpr Family kCacheCapacity{"millrace_cache_capacity_bytes", gauge,
                                       "Maximum of millrace_cache_bytes for each scope."};

inline constexpr Family kLogDropped{"millrace_log_lines_dropped_total", counter,
                                    "Log lines dropped because their reader was too slow."};

inline constexpr Family kSpansExported{"millrace_trace_spans_exported_total", counter,
                                       "Spans that the collector has taken."};
inline constexpr Family kSpansLost{"millrace_trace_spans_lost_total", counter,
                                   "Spans that were not exported, by reason."};

}  // namespace millrace::metrics::families
