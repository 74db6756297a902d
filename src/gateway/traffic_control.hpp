// TrafficControl applies the rules of millrace.toml for requests by their path, before anything else
// of the site sees a request: limits on rates and on requests in progress, priorities, CORS and
// response fields. Where there are no rules the server has none.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_network.hpp"
#include "base/memory_budget.hpp"
#include "base/sip_hash.hpp"
#include "gateway/added_fields.hpp"
#include "gateway/concurrency_table.hpp"
#include "gateway/cors.hpp"
#include "gateway/rate_table.hpp"
#include "http/request_parser.hpp"
#include "project/traffic_settings.hpp"

namespace millrace::gateway {

/// What the rules have decided on a request; lives as long as the request.
struct Admission {
  AddedFields added;
  std::vector<ConcurrencyTable::Permit> permits;
  /// Nothing where no priorities are configured.
  std::optional<project::Priority> priority;
  /// Keeps the fields to which `added` points.
  std::shared_ptr<const std::vector<project::HeaderRule>> headers;
};

/// A response in place of the site's.
struct TrafficResponse {
  enum class Kind : std::uint8_t { preflight, forbidden_origin, rate, concurrency };

  Kind kind = Kind::rate;
  std::uint16_t status = 429;
  std::string text;
  std::string fields;
};

/// How many requests the rules have refused.
struct RefusedRequests {
  /// By the name of the rate; those of earlier rules too, up to a bound.
  std::map<std::string, std::uint64_t> rates;
  std::uint64_t concurrency = 0;
  std::uint64_t priority = 0;
  /// Preflight requests of origins that are not allowed.
  std::uint64_t origin = 0;
};

/// Belongs to the loop's thread.
class TrafficControl {
 public:
  /// Returns a time that does not go back.
  using Clock = std::function<std::chrono::nanoseconds()>;

  explicit TrafficControl(Clock clock) : clock_(std::move(clock)) {}

  /// Replaces the rules. What has been counted stays for rules that have not changed.
  void set_rules(project::TrafficSettings rules, std::vector<base::IpNetwork> exempt);

  /// A request, as the rules see it.
  struct Request {
    const http::RequestHead& head;
    /// Below basePath, with escapes as received.
    std::string_view path;
    /// The client's address.
    std::string_view client;
  };

  /// Decides on a request once and counts it if it is allowed. Returns the response to one that the
  /// site does not see.
  [[nodiscard]] std::optional<TrafficResponse> admit(const Request& request, Admission& admission);

  /// Whether a request of that priority gives way. `queued`: the share of its pool's queue that is
  /// used.
  [[nodiscard]] static bool sheds(project::Priority priority, double queued,
                                  const base::MemoryBudget& memory);

  /// Counts a request that has given way; see sheds().
  void count_shed() { ++refused_.priority; }

  [[nodiscard]] const RefusedRequests& refused() const { return refused_; }

 private:
  struct LimitedRate {
    project::RateRule rule;
    Rate rate;
    std::uint64_t identity = 0;
  };
  struct Limited {
    project::ConcurrencyRule rule;
    std::uint64_t identity = 0;
  };
  class Facts;
  struct Asked;

  [[nodiscard]] std::optional<TrafficResponse> answer_cors(const Facts& facts,
                                                           Admission& admission) const;
  void add_headers(const Facts& facts, Admission& admission) const;
  [[nodiscard]] bool ask_rates(const Facts& facts, std::vector<Asked>& asked) const;
  [[nodiscard]] TrafficResponse refuse_rate(const std::vector<Asked>& asked);
  /// Returns the key under which a rule counts the request; nothing where it is exempt.
  [[nodiscard]] std::optional<std::uint64_t> key_of(const Facts& facts,
                                                    const project::TrafficKey& key,
                                                    std::uint64_t identity) const;

  Clock clock_;
  base::SipHash hash_ = base::SipHash::seeded();
  std::vector<base::IpNetwork> exempt_;
  std::vector<LimitedRate> rates_;
  std::vector<Limited> concurrency_;
  std::vector<project::PriorityRule> priorities_;
  std::vector<Cors> cors_;
  std::shared_ptr<const std::vector<project::HeaderRule>> headers_;
  /// Null until there are rates.
  std::unique_ptr<RateTable> used_;
  ConcurrencyTable in_progress_;
  RefusedRequests refused_;
};

}  // namespace millrace::gateway
