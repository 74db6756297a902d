// ResponseCache answers static GETs without a worker, and has a worker make what is missing or stale:
// once for all who wait for it.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/memory_budget.hpp"
#include "cache/data_request.hpp"
#include "cache/scopes.hpp"
#include "workers/invocation.hpp"

namespace millrace::gateway {

struct Site;

/// What is asked for: a route of a site with its parameters, in canonical form.
struct StaticTarget {
  std::shared_ptr<const Site> site;
  std::uint32_t route = 0;
  std::string parameters;
};

/// Why an answer is made anew; the project's `onRequestError` is told.
enum class FillCause : std::uint8_t {
  /// A request has found none, or a stale one.
  request,
  /// `res.revalidate()`.
  on_demand,
};

/// A route's answers lie in the scope of its pool. Belongs to the loop's thread.
class ResponseCache {
 public:
  /// Hears how a fill ended, from the loop.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// The answer; one that the handler failed to make is an error's, and is not kept.
    virtual void on_filled(const cache::SharedResponse& response) = 0;
    /// There is none.
    virtual void on_fill_failed(workers::Failure failure) = 0;
  };

  /// What time it is.
  using Now = std::function<cache::Clock::time_point()>;

  /// `memory`: counts answers while they are made. Outlived by `caches`.
  ResponseCache(cache::Scopes& caches, std::shared_ptr<base::MemoryBudget> memory,
                Now now = &cache::Clock::now);
  ResponseCache(const ResponseCache&) = delete;
  ResponseCache& operator=(const ResponseCache&) = delete;
  ~ResponseCache();

  /// What is kept, or was made at build.
  [[nodiscard]] cache::FoundResponse find(const StaticTarget& target);

  /// Has it made anew. `observer`, which may be null, is told; it calls leave() before it goes away.
  /// False where no worker takes it: nothing follows.
  [[nodiscard]] bool fill(const StaticTarget& target, Observer* observer,
                          FillCause cause = FillCause::request);

  void leave(Observer& observer);

  /// Counts a response for as long as what it returns is held: once, however many send it, since the
  /// store may have dropped it by then. Null where memory has no room for it.
  [[nodiscard]] std::shared_ptr<const void> pin(const cache::SharedResponse& response);

  /// Has the answer to a path (with basePath) made anew, and says with what status it was; 200 where
  /// nothing of the path is kept, or, with `only_kept`, nothing yet, or not in `scope`; 503 where
  /// no worker takes it, or kMostRefreshes wait. `done` is called once.
  void refresh(const std::shared_ptr<const Site>& site, std::string_view scope,
               const cache::RefreshRequest& request, const std::function<void(int)>& done);

  static constexpr std::size_t kMostRefreshes = 10'000;

 private:
  class Fill;
  class Refresh;
  struct Pin;

  [[nodiscard]] cache::ResponseStore& store_of(const StaticTarget& target);
  void on_filled(const std::string& key, const StaticTarget& target,
                 const cache::SharedResponse& response);
  void on_failed(const std::string& key, const StaticTarget& target, workers::Failure failure);
  /// Removes the fill and tells those who waited.
  template <typename Tell>
  void finish(const std::string& key, const Tell& tell);

  std::shared_ptr<base::MemoryBudget> memory_;
  cache::Scopes& caches_;
  Now now_;
  /// How many Refresh objects wait.
  std::size_t refreshes_ = 0;
  /// By generation and key.
  std::unordered_map<std::string, std::unique_ptr<Fill>> fills_;
  /// Those who waited for fills that are over, and are not told yet.
  std::list<std::vector<Observer*>> told_;
  /// Those that are held.
  std::unordered_map<const cache::KeptResponse*, std::weak_ptr<Pin>> pins_;
};

}  // namespace millrace::gateway
