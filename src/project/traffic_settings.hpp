// The rules of millrace.toml for requests by their path: rates, requests in progress, priorities, CORS
// and response fields. They are checked and in the form in which the gateway applies them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "project/generated/settings_structs.hpp"

namespace millrace::project {

/// Which requests share a count.
struct TrafficKey {
  enum class Kind : std::uint8_t { address, header, cookie, route };

  Kind kind = Kind::address;
  /// Of the field or cookie.
  std::string name;
};

/// `[[limits.rate]]`.
struct RateRule {
  std::vector<std::string> routes;
  /// Empty: all.
  std::vector<std::string> methods;
  TrafficKey key;
  std::uint64_t requests = 1;
  std::chrono::milliseconds window{1000};
  /// Requests that are allowed at once; at least 1.
  std::uint64_t burst = 1;
  /// A token, in at most 64 characters.
  std::string name;
  /// The same for rules that count the same.
  std::string identity;
};

/// `[[limits.concurrency]]`.
struct ConcurrencyRule {
  std::vector<std::string> routes;
  TrafficKey key;
  std::uint64_t limit = 1;
  /// The same for rules that count the same.
  std::string identity;
};

enum class Priority : std::uint8_t { low, normal, high };

/// `[[limits.priority]]`.
struct PriorityRule {
  std::vector<std::string> routes;
  Priority priority = Priority::normal;
};

/// `[[headers]]`, with the fields of `security` at the end of `fields`: names and values.
struct HeaderRule {
  std::vector<std::string> routes;
  std::vector<std::pair<std::string, std::string>> fields;
};

struct TrafficSettings {
  /// The most rules of each kind: each request is compared with all of them.
  static constexpr std::size_t kMostRules = 32;

  std::vector<RateRule> rates;
  std::vector<ConcurrencyRule> concurrency;
  std::vector<PriorityRule> priorities;
  std::vector<CorsRuleKeys> cors;
  std::vector<HeaderRule> headers;

  [[nodiscard]] bool empty() const {
    return rates.empty() && concurrency.empty() && priorities.empty() && cors.empty() &&
           headers.empty();
  }
};

}  // namespace millrace::project
