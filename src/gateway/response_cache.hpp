// ResponseCache responds to static GETs without a worker. It has a worker make a response that is
// missing or stale, once for all requests that wait for it.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/memory_budget.hpp"
#include "cache/data_request.hpp"
#include "cache/scopes.hpp"
#include "gateway/prerendered_responses.hpp"
#include "workers/invocation.hpp"

namespace millrace::gateway {

struct Site;

/// A route of a site with its parameters, in canonical form.
struct StaticTarget {
  std::shared_ptr<const Site> site;
  std::uint32_t route = 0;
  std::string parameters;
  /// Of a page: see page_variant(). Of an optimised image: everything that selects it.
  std::string variant = {};
  /// Of an optimised image: the query and the fields of a request for it.
  std::string query = {};
  std::string fields = {};
  /// Of a page of the Pages Router in a project with locales.
  std::string locale = {};

  /// Returns the key of the response, or of the page's HTML.
  [[nodiscard]] std::string key() const { return response_key(route, parameters, variant, locale); }
  [[nodiscard]] std::string page_key() const { return response_key(route, parameters, {}, locale); }
  /// Returns false where only the paths that the build prerendered exist, and this is none of them.
  [[nodiscard]] bool exists() const;
};

/// Why a response is made; passed to the project's `onRequestError`.
enum class FillCause : std::uint8_t {
  /// A request found no response, or a stale one.
  request,
  /// The handler called `res.revalidate()`.
  on_demand,
};

/// A route's responses are in the cache scope of its pool. Belongs to the loop's thread.
class ResponseCache {
 public:
  /// Receives the result of a fill, from the loop.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// The response has been made. Where the handler failed, it is an error response and is not
    /// kept.
    virtual void on_filled(const cache::SharedResponse& response) = 0;
    /// No response could be made.
    virtual void on_fill_failed(workers::Failure failure) = 0;
  };

  /// Returns the current time.
  using Now = std::function<cache::Clock::time_point()>;

  /// `memory` counts responses while they are made. `caches` outlives this object.
  ResponseCache(cache::Scopes& caches, std::shared_ptr<base::MemoryBudget> memory,
                Now now = &cache::Clock::now);
  ResponseCache(const ResponseCache&) = delete;
  ResponseCache& operator=(const ResponseCache&) = delete;
  ~ResponseCache();

  /// Returns the stored response, or the one that the build made.
  [[nodiscard]] cache::FoundResponse find(const StaticTarget& target);

  /// Has a worker make the response. `observer`, which may be null, is notified; it must call
  /// leave() before it is destroyed. Returns false where no worker takes the fill; `observer` is
  /// not notified then.
  [[nodiscard]] bool fill(const StaticTarget& target, Observer* observer,
                          FillCause cause = FillCause::request);

  void leave(Observer& observer);

  /// Counts a response as memory for as long as the returned value is held: once, however many
  /// exchanges send it, since the store may evict it in the meantime. Returns null where the budget
  /// has no room.
  [[nodiscard]] std::shared_ptr<const void> pin(const cache::SharedResponse& response);

  /// Has a worker make the response to a path (with basePath) and passes its status to `done`, which is
  /// called once. The status is 200 without a fill where no static route of `scope` matches the
  /// path or, with `only_kept`, no response is stored; it is 503 where no worker takes the fill or
  /// kMostRefreshes wait.
  void refresh(const std::shared_ptr<const Site>& site, std::string_view scope,
               const cache::RefreshRequest& request, const std::function<void(int)>& done);

  static constexpr std::size_t kMostRefreshes = 10'000;

 private:
  class Fill;
  class Refresh;
  struct Pin;

  [[nodiscard]] cache::ResponseStore& store_of(const StaticTarget& target);
  /// Removes all variants of a page, of the build too: they come from one rendering, and there is a
  /// new one.
  void replace_page(std::string_view key, const StaticTarget& target);
  void on_filled(const std::string& key, const StaticTarget& target,
                 const cache::SharedResponse& response);
  void on_failed(const std::string& key, const StaticTarget& target, workers::Failure failure);
  /// Removes the fill and notifies its observers.
  template <typename Tell>
  void finish(const std::string& key, const Tell& tell);

  std::shared_ptr<base::MemoryBudget> memory_;
  cache::Scopes& caches_;
  Now now_;
  /// Pages of the newest generation that the build has prerendered and that were rendered since, by
  /// the beginnings of their keys. At most as many as the build has.
  struct {
    std::uint32_t generation = 0;
    std::unordered_set<std::string> pages;
  } replaced_;
  /// The number of waiting Refresh objects.
  std::size_t refreshes_ = 0;
  /// By generation and key.
  std::unordered_map<std::string, std::unique_ptr<Fill>> fills_;
  /// Observers of completed fills that have not been notified yet.
  std::list<std::vector<Observer*>> notifying_;
  /// The pins that are held.
  std::unordered_map<const cache::CachedResponse*, std::weak_ptr<Pin>> pins_;
};

}  // namespace millrace::gateway
