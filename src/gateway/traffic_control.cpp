#include "gateway/traffic_control.hpp"

#include <algorithm>
#include <utility>

#include "base/ascii.hpp"
#include "http/fields.hpp"
#include "project/glob.hpp"
#include "routing/request_values.hpp"

namespace millrace::gateway {

namespace {

using project::Priority;
using project::TrafficKey;

/// Names of earlier rules stay in the metrics up to this number.
constexpr std::size_t kMostRefusedNames = 64;
/// The shares of a pool's queue from which requests give way.
constexpr double kLowGivesWay = 0.25;
constexpr double kNormalGivesWay = 0.75;

/// Whole seconds, rounded up.
std::uint64_t seconds_up(std::chrono::nanoseconds time) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  return static_cast<std::uint64_t>((time.count() + kSecond - 1) / kSecond);
}

/// Appends a rate to RateLimit-Policy and RateLimit (draft-ietf-httpapi-ratelimit-headers-10 §3, §4).
void append_rate_fields(const project::RateRule& rule, const RateVerdict& verdict, bool counted,
                        std::string& policies, std::string& states) {
  const std::string separator = policies.empty() ? "\"" : ", \"";
  policies.append(separator).append(rule.name).append("\";q=");
  policies.append(std::to_string(rule.requests)).append(";w=");
  policies.append(std::to_string(seconds_up(rule.window)));
  const std::uint64_t remaining = verdict.remaining + (verdict.allowed && !counted ? 1 : 0);
  states.append(separator).append(rule.name).append("\";r=").append(std::to_string(remaining));
  states.append(";t=").append(std::to_string(seconds_up(verdict.reset)));
}

}  // namespace

/// The request, with what several rules need.
class TrafficControl::Facts {
 public:
  explicit Facts(const Request& request) : request_(request) {
    // A rule for /api/admin also applies to /api/%61dmin, which a route may see as the same.
    if (request.path.find('%') != std::string_view::npos)
      decoded_ = base::percent_decoded(request.path);
    address_ = base::IpAddress::parse(request.client);
    if (address_) client_ = address_->client();
  }

  [[nodiscard]] const http::RequestHead& head() const { return request_.head; }
  [[nodiscard]] const std::optional<base::IpAddress>& address() const { return address_; }

  /// The client's address or network, as bytes of a key.
  [[nodiscard]] std::string_view client() const {
    if (!client_) return request_.client;
    return {reinterpret_cast<const char*>(client_->bytes.data()), client_->bytes.size()};
  }

  [[nodiscard]] bool is_on(const std::vector<std::string>& routes) const {
    return std::any_of(routes.begin(), routes.end(), [this](const std::string& glob) {
      return project::glob_matches(glob, request_.path) ||
             (!decoded_.empty() && project::glob_matches(glob, decoded_));
    });
  }

 private:
  const Request& request_;
  std::string decoded_;
  std::optional<base::IpAddress> address_;
  std::optional<base::IpAddress> client_;
};

/// A rate that applies to a request.
struct TrafficControl::Asked {
  const LimitedRate* of = nullptr;
  std::uint64_t key = 0;
  RateVerdict verdict;
};

void TrafficControl::set_rules(project::TrafficSettings rules,
                               std::vector<base::IpNetwork> exempt) {
  exempt_ = std::move(exempt);
  rates_.clear();
  concurrency_.clear();
  cors_.clear();
  for (project::RateRule& rule : rules.rates) {
    const Rate rate = Rate::of(rule.requests, rule.window, rule.burst);
    const std::uint64_t identity = hash_(rule.identity);
    rates_.push_back({.rule = std::move(rule), .rate = rate, .identity = identity});
  }
  for (project::ConcurrencyRule& rule : rules.concurrency) {
    const std::uint64_t identity = hash_(rule.identity);
    concurrency_.push_back({.rule = std::move(rule), .identity = identity});
  }
  for (project::CorsRuleKeys& rule : rules.cors) cors_.emplace_back(std::move(rule));
  priorities_ = std::move(rules.priorities);
  headers_ = std::make_shared<const std::vector<project::HeaderRule>>(std::move(rules.headers));
  if (rates_.empty()) {
    used_.reset();
  } else if (!used_) {
    used_ = std::make_unique<RateTable>();
  }
}

std::optional<TrafficResponse> TrafficControl::admit(const Request& request, Admission& admission) {
  const Facts facts(request);
  add_headers(facts, admission);
  if (auto response = answer_cors(facts, admission)) {
    if (response->kind == TrafficResponse::Kind::forbidden_origin) ++refused_.origin;
    return response;
  }
  std::vector<Asked> asked;
  const bool within_rates = ask_rates(facts, asked);
  if (!within_rates) return refuse_rate(asked);
  // Nothing is counted before all rules have agreed.
  std::vector<std::uint64_t> places;
  for (const Limited& limited : concurrency_) {
    if (!facts.is_on(limited.rule.routes)) continue;
    const auto key = key_of(facts, limited.rule.key, limited.identity);
    if (!key) continue;
    if (!in_progress_.has_room(*key, limited.rule.limit)) {
      ++refused_.concurrency;
      const bool shared = limited.rule.key.kind == TrafficKey::Kind::route;
      return TrafficResponse{
          .kind = TrafficResponse::Kind::concurrency,
          .status = static_cast<std::uint16_t>(shared ? 503 : 429),
          .text = shared ? "Service Unavailable: too many requests of this kind are in progress; "
                           "try again later.\n"
                         : "Too Many Requests: too many of your requests are in progress; try "
                           "again later.\n",
          .fields = "Retry-After: 1\r\n"};
    }
    places.push_back(*key);
  }
  for (const std::uint64_t key : places) admission.permits.push_back(in_progress_.take(key));
  std::string policies;
  std::string states;
  for (const Asked& one : asked) {
    used_->take(one.key, one.verdict);
    append_rate_fields(one.of->rule, one.verdict, true, policies, states);
  }
  if (!asked.empty()) {
    http::append_field(admission.added.always, "RateLimit-Policy", policies);
    http::append_field(admission.added.always, "RateLimit", states);
  }
  if (!priorities_.empty()) {
    const auto rule =
        std::find_if(priorities_.begin(), priorities_.end(),
                     [&](const project::PriorityRule& one) { return facts.is_on(one.routes); });
    admission.priority = rule == priorities_.end() ? Priority::normal : rule->priority;
  }
  return std::nullopt;
}

void TrafficControl::add_headers(const Facts& facts, Admission& admission) const {
  if (!headers_ || headers_->empty()) return;
  admission.headers = headers_;
  for (const project::HeaderRule& rule : *headers_) {
    if (!facts.is_on(rule.routes)) continue;
    for (const auto& field : rule.fields) admission.added.missing.push_back(&field);
  }
}

std::optional<TrafficResponse> TrafficControl::answer_cors(const Facts& facts,
                                                           Admission& admission) const {
  const auto rule = std::find_if(cors_.begin(), cors_.end(),
                                 [&](const Cors& one) { return facts.is_on(one.routes()); });
  if (rule == cors_.end()) return std::nullopt;
  admission.added.always.append(rule->vary());
  using Kind = TrafficResponse::Kind;
  if (!Cors::is_preflight(facts.head())) {
    admission.added.cors = rule->fields_for(facts.head().fields);
    return std::nullopt;
  }
  if (auto fields = rule->preflight(facts.head().fields)) {
    return TrafficResponse{
        .kind = Kind::preflight, .status = 204, .text = {}, .fields = *std::move(fields)};
  }
  return TrafficResponse{.kind = Kind::forbidden_origin,
                         .status = 403,
                         .text = "Forbidden: this origin is not allowed here (CORS).\n",
                         .fields = {}};
}

std::optional<std::uint64_t> TrafficControl::key_of(const Facts& facts, const TrafficKey& key,
                                                    std::uint64_t identity) const {
  using Kind = TrafficKey::Kind;
  std::string text(reinterpret_cast<const char*>(&identity), sizeof identity);
  if (key.kind == Kind::route) return hash_(text);
  if (key.kind == Kind::header) {
    const auto value = http::find_field(facts.head().fields, key.name);
    if (value && !value->empty()) return hash_(text.append("v").append(*value));
  }
  if (key.kind == Kind::cookie) {
    const auto value = routing::cookie_value(facts.head().fields, key.name);
    if (value && !value->empty()) return hash_(text.append("v").append(*value));
  }
  const bool is_exempt = facts.address() && std::any_of(exempt_.begin(), exempt_.end(),
                                                        [&](const base::IpNetwork& network) {
                                                          return network.contains(*facts.address());
                                                        });
  if (is_exempt) return std::nullopt;
  return hash_(text.append("a").append(facts.client()));
}

bool TrafficControl::ask_rates(const Facts& facts, std::vector<Asked>& asked) const {
  bool within = true;
  if (rates_.empty()) return within;
  const std::chrono::nanoseconds now = clock_();
  for (const LimitedRate& rate : rates_) {
    const auto& methods = rate.rule.methods;
    const bool of_method = methods.empty() || std::find(methods.begin(), methods.end(),
                                                        facts.head().method) != methods.end();
    if (!of_method || !facts.is_on(rate.rule.routes)) continue;
    const auto key = key_of(facts, rate.rule.key, rate.identity);
    if (!key) continue;
    const RateVerdict verdict = used_->ask(*key, rate.rate, now);
    within = within && verdict.allowed;
    asked.push_back({.of = &rate, .key = *key, .verdict = verdict});
  }
  return within;
}

TrafficResponse TrafficControl::refuse_rate(const std::vector<Asked>& asked) {
  TrafficResponse response{
      .kind = TrafficResponse::Kind::rate,
      .status = 429,
      .text = "Too Many Requests: the limit of requests is reached; try again later.\n",
      .fields = {}};
  std::string policies;
  std::string states;
  std::uint64_t wait = 1;
  for (const Asked& one : asked) {
    append_rate_fields(one.of->rule, one.verdict, false, policies, states);
    if (one.verdict.allowed) continue;
    wait = std::max(wait, seconds_up(one.verdict.reset));
    const std::string& name = one.of->rule.name;
    auto& counts = refused_.rates;
    if (counts.size() < kMostRefusedNames || counts.count(name) > 0) ++counts[name];
  }
  http::append_field(response.fields, "Retry-After", std::to_string(wait));
  http::append_field(response.fields, "RateLimit-Policy", policies);
  http::append_field(response.fields, "RateLimit", states);
  return response;
}

bool TrafficControl::sheds(Priority priority, double queued, const base::MemoryBudget& memory) {
  switch (priority) {
    case Priority::low:
      return queued > kLowGivesWay || memory.is_half_used();
    case Priority::normal:
      return queued > kNormalGivesWay || memory.is_short();
    case Priority::high:
      return false;
  }
  return false;
}

}  // namespace millrace::gateway
