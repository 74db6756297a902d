// ServerMetrics is everything that a server counts. Its parts are counted where things happen, on
// the loop's thread and without locks; the metrics page reads them. Every part has a bound, so that
// its memory does not depend on traffic: see docs/monitoring.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "metrics/counter.hpp"
#include "metrics/duration_histogram.hpp"
#include "metrics/pool_metrics.hpp"
#include "metrics/request_metrics.hpp"
#include "metrics/route_labels.hpp"

namespace millrace::metrics {

struct ConnectionMetrics {
  Counter accepted;
  /// Refused: one client has too many, or all clients together.
  Counter client_full;
  Counter server_full;
  /// Requests that the parser refused, most of them with 400.
  Counter malformed;
};

/// Upgraded connections, such as WebSockets.
class TunnelMetrics {
 public:
  /// One tunnel; it is open for as long as this object exists. The metrics outlive it.
  class Open {
   public:
    explicit Open(TunnelMetrics& of) : of_(of) { of_.opened_.add(); }
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;
    ~Open() { of_.closed_.add(); }

   private:
    TunnelMetrics& of_;
  };

  [[nodiscard]] std::uint64_t opened() const { return opened_.value(); }
  [[nodiscard]] std::uint64_t open() const { return opened_.value() - closed_.value(); }

 private:
  Counter opened_;
  Counter closed_;
};

/// TLS handshakes by their end.
struct TlsMetrics {
  Counter full;
  /// With the ticket of an earlier session.
  Counter resumed;
  /// The client left, was too slow, or did not speak TLS as required.
  Counter failed;
};

/// What a cache was asked for.
struct CacheMetrics {
  Counter hits;
  Counter stale;
  Counter misses;
};

/// Spans of traces.
struct TraceMetrics {
  Counter exported;
  /// Lost: the collector did not take them, or too many waited.
  Counter failed;
  Counter dropped;
};

/// Pools by name. Names come from the configuration.
class PoolsMetrics {
 public:
  /// The most names; pools with further ones share "(other)".
  static constexpr std::size_t kMost = 64;

  [[nodiscard]] std::shared_ptr<PoolMetrics> of(std::string_view name);

  [[nodiscard]] const auto& all() const { return pools_; }

 private:
  std::map<std::string, std::shared_ptr<PoolMetrics>, std::less<>> pools_;
};

/// Belongs to the loop's thread.
struct ServerMetrics {
  std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
  RouteLabels labels;
  RequestMetrics requests;
  ConnectionMetrics connections;
  TunnelMetrics tunnels;
  TlsMetrics tls;
  CacheMetrics response_cache;
  CacheMetrics data_cache;
  PoolsMetrics pools;
  TraceMetrics traces;
  /// By how much the server's own event loop is late, measured once a second.
  DurationHistogram loop_delay;
};

}  // namespace millrace::metrics
