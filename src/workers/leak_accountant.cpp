#include "workers/leak_accountant.hpp"

#include <algorithm>
#include <cmath>

namespace millrace::workers {

namespace {

/// The maximum number of routes whose memory is estimated; later ones only have their CPU counted.
constexpr std::size_t kMostRoutes = 64;
/// The weight of older samples decreases by this factor with each new one.
constexpr double kFade = 0.995;
constexpr int kRounds = 100;
/// Fewer bytes per request are noise.
constexpr double kLeastRetained = 64;

}  // namespace

std::size_t LeakAccountant::place_of(std::uint32_t route) {
  const auto known = std::find_if(routes_.begin(), routes_.end(),
                                  [route](const auto& account) { return account.route == route; });
  if (known != routes_.end()) return static_cast<std::size_t>(known - routes_.begin());
  routes_.push_back({.route = route});
  if (routes_.size() <= kMostRoutes) {
    for (auto& row : products_) row.push_back(0);
    products_.emplace_back(routes_.size(), 0);
    with_growth_.push_back(0);
  }
  return routes_.size() - 1;
}

void LeakAccountant::observe(std::span<const RouteCost> costs, double growth) {
  std::vector<std::pair<std::size_t, double>> counts;
  for (const RouteCost& cost : costs) {
    const std::size_t place = place_of(cost.route);
    routes_[place].invocations += cost.invocations;
    routes_[place].cpu_us += cost.cpu_us;
    if (place < kMostRoutes) counts.emplace_back(place, static_cast<double>(cost.invocations));
  }
  if (counts.empty()) return;
  for (std::size_t i = 0; i < products_.size(); ++i) {
    for (double& product : products_[i]) product *= kFade;
    with_growth_[i] *= kFade;
  }
  for (const auto& [i, count] : counts) {
    with_growth_[i] += count * growth;
    for (const auto& [j, other] : counts) products_[i][j] += count * other;
  }
}

std::vector<double> LeakAccountant::retained() const {
  // Least squares with non-negative values, by coordinate descent.
  std::vector<double> retained(products_.size(), 0);
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < retained.size(); ++i) {
      if (products_[i][i] <= 0) continue;
      double rest = with_growth_[i];
      for (std::size_t j = 0; j < retained.size(); ++j) {
        if (j != i) rest -= products_[i][j] * retained[j];
      }
      retained[i] = std::max(0.0, rest / products_[i][i]);
    }
  }
  return retained;
}

std::vector<RouteAccount> LeakAccountant::accounts() const {
  std::vector<RouteAccount> accounts = routes_;
  const std::vector<double> estimated = retained();
  for (std::size_t i = 0; i < estimated.size(); ++i) accounts[i].retained_bytes = estimated[i];
  std::sort(accounts.begin(), accounts.end(),
            [](const RouteAccount& a, const RouteAccount& b) { return a.cpu_us > b.cpu_us; });
  return accounts;
}

std::optional<RouteAccount> LeakAccountant::suspect() const {
  std::optional<RouteAccount> found;
  for (const RouteAccount& account : accounts()) {
    const auto total = [](const RouteAccount& a) {
      return a.retained_bytes * static_cast<double>(a.invocations);
    };
    if (account.retained_bytes >= kLeastRetained && (!found || total(account) > total(*found))) {
      found = account;
    }
  }
  return found;
}

}  // namespace millrace::workers
