#include "gateway/response_cache.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "gateway/page_variant.hpp"
#include "gateway/refresh_target.hpp"
#include "gateway/site.hpp"
#include "routing/data_path.hpp"
#include "workers/dispatcher.hpp"

namespace millrace::gateway {

namespace {

/// Longer responses are not cached.
constexpr std::size_t kLongestBody = std::size_t{64} * 1024 * 1024;

constexpr int kDone = 200;
constexpr int kMissing = 404;
constexpr int kUnavailable = 503;
/// The scope of optimised images.
constexpr std::string_view kImages = "/_next/image";

/// Returns the path of a route with these parameters, without basePath; empty for the root.
std::string path_of(const Site& site, std::uint32_t number, std::string_view parameters) {
  std::string path;
  for (const std::string_view segment : project::segments_of(site.manifest.routes[number].path)) {
    if (!project::parameter_of(segment)) {
      path.append("/").append(segment);
      continue;
    }
    const std::size_t end = parameters.find(' ');
    const std::string_view value = parameters.substr(0, end);
    // An optional catch-all can be empty.
    if (!value.empty()) path.append("/").append(value);
    parameters.remove_prefix(end == std::string_view::npos ? parameters.size() : end + 1);
  }
  return path;
}

/// The path of a variant, with basePath and, of a localised page, the locale.
std::string path_of(const StaticTarget& target) {
  const Site& site = *target.site;
  std::string path = path_of(site, target.route, target.parameters);
  if (!target.locale.empty()) path = '/' + target.locale + path;
  if (target.variant == kDataVariant && site.manifest.pages) {
    path = routing::data_path_of_page(path.empty() ? "/" : path, site.manifest.pages->build_id);
  }
  path = site.path_rules.base_path + path;
  if (!target.query.empty()) return path.append("?").append(target.query);
  return path.empty() ? "/" : path;
}

std::string fields_of(const StaticTarget& target, FillCause cause) {
  std::string fields = target.fields + "Host: localhost:3000\r\n";
  if (cause == FillCause::on_demand) fields.append("X-Millrace-On-Demand: 1\r\n");
  return fields.append(fields_of_variant(target.variant));
}

/// Includes the generation: the same route number is another route there, and a fill may end after
/// a promotion.
std::string fill_key(const StaticTarget& target) {
  return std::to_string(target.site->generation) + ' ' + target.key();
}

/// What the keys of all variants of a page begin with.
std::string_view page_of(std::string_view key) { return key.substr(0, key.find('\n') + 1); }

}  // namespace

bool StaticTarget::exists() const {
  const project::Route& found = site->manifest.routes[route];
  return found.parameters.empty() || !found.cached || found.cached->dynamic_params ||
         site->prerendered.has(page_key());
}

/// One invocation with the flag `fill`, and the observers that wait for it.
class ResponseCache::Fill final : private workers::Invocation::Observer {
 public:
  Fill(ResponseCache& cache, std::string key, const StaticTarget& target, FillCause cause)
      : cache_(cache),
        key_(std::move(key)),
        target_(target),
        path_(path_of(target)),
        request_fields_(fields_of(target, cause)),
        invocation_(static_cast<workers::Invocation::Observer&>(*this)),
        begun_(cache.now_()),
        share_(cache.memory_) {}

  [[nodiscard]] bool start() {
    invocation_.request = {.generation = target_.site->generation,
                           .route = target_.route,
                           .method = "GET",
                           .remote_address = "127.0.0.1",
                           .target = path_,
                           .parameters = target_.parameters,
                           .fields = request_fields_,
                           .remote_port = 0,
                           .http_version = 11,
                           .secure = false,
                           .fill = true};
    const workers::Dispatch dispatch = target_.site->dispatcher->dispatch(invocation_);
    return dispatch == workers::Dispatch::open || dispatch == workers::Dispatch::queued;
  }

  // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
  std::vector<ResponseCache::Observer*> waiting;

 private:
  void on_response(const link::ResponseView& response, bool end) override {
    if (response.status < 200) {
      // A status below 200 is not a final response.
      invocation_.abort(link::AbortReason::protocol_error);
      return cache_.on_failed(key_, target_, workers::Failure::handler_failed);
    }
    status_ = response.status;
    fields_ = response.fields;
    on_body(response.body, end);
  }

  void on_body(std::string_view bytes, bool end) override {
    if (body_.size() + bytes.size() > kLongestBody) {
      invocation_.abort(link::AbortReason::protocol_error);
      return cache_.on_failed(key_, target_, workers::Failure::handler_failed);
    }
    if (!share_.try_set(body_.size() + bytes.size())) {
      invocation_.abort(link::AbortReason::client_gone);
      return cache_.on_failed(key_, target_, workers::Failure::unavailable);
    }
    body_.append(bytes);
    share_.set(body_.capacity());
    if (!end) return invocation_.consumed(bytes.size());
    body_.shrink_to_fit();
    auto response = std::make_shared<cache::CachedResponse>(
        cache::read_fill(status_, fields_, std::move(body_)));
    response->begun = begun_;
    response->made = cache_.now_() - response->age;
    cache_.on_filled(key_, target_, response);
  }

  void on_writable() override {}

  void on_failed(workers::Failure failure) override { cache_.on_failed(key_, target_, failure); }

  ResponseCache& cache_;
  std::string key_;
  StaticTarget target_;
  std::string path_;
  std::string request_fields_;
  workers::Invocation invocation_;
  cache::Clock::time_point begun_;
  std::uint16_t status_ = 0;
  std::string fields_;
  std::string body_;
  base::MemoryBudget::Share share_;
};

ResponseCache::ResponseCache(cache::Scopes& caches, std::shared_ptr<base::MemoryBudget> memory,
                             Now now)
    : memory_(std::move(memory)), caches_(caches), now_(std::move(now)) {}

cache::ResponseStore& ResponseCache::store_of(const StaticTarget& target) {
  // Requests choose which images there are: they must not displace pages.
  if (!target.query.empty()) return caches_.of(kImages).responses;
  return caches_.of(target.site->dispatcher->cache_scope(target.route)).responses;
}

ResponseCache::~ResponseCache() {
  // All exchanges are gone by now; the observers that remain are Refresh objects, which own
  // themselves.
  for (auto& [key, fill] : std::exchange(fills_, {})) {
    for (Observer* observer : std::exchange(fill->waiting, {})) {
      observer->on_fill_failed(workers::Failure::unavailable);
    }
  }
}

cache::FoundResponse ResponseCache::find(const StaticTarget& target) {
  const auto now = now_();
  std::string key = fill_key(target);
  cache::ResponseStore& store = store_of(target);
  if (auto found = store.get(key, now); found.response) return found;
  if (replaced_.generation == target.site->generation &&
      replaced_.pages.find(std::string(page_of(key))) != replaced_.pages.end()) {
    return {};
  }
  cache::SharedResponse built = target.site->prerendered.read(target.key());
  if (!built) return {};
  const cache::Freshness freshness = store.judge(*built, now);
  if (freshness == cache::Freshness::none) return {};
  store.set(std::move(key), built);
  return {.freshness = freshness, .response = std::move(built)};
}

bool ResponseCache::fill(const StaticTarget& target, Observer* observer, FillCause cause) {
  std::string key = fill_key(target);
  auto& place = fills_[key];
  if (!place) {
    place = std::make_unique<Fill>(*this, key, target, cause);
    if (!place->start()) {
      fills_.erase(key);
      return false;
    }
  }
  if (observer != nullptr) place->waiting.push_back(observer);
  return true;
}

void ResponseCache::leave(Observer& observer) {
  for (const auto& [key, fill] : fills_) std::erase(fill->waiting, &observer);
  for (std::vector<Observer*>& waiting : notifying_) std::erase(waiting, &observer);
}

struct ResponseCache::Pin {
  Pin(ResponseCache& of, const cache::CachedResponse* what)
      : cache(of), response(what), share(of.memory_) {}
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  ~Pin() { cache.pins_.erase(response); }

  ResponseCache& cache;
  const cache::CachedResponse* response;
  base::MemoryBudget::Share share;
};

std::shared_ptr<const void> ResponseCache::pin(const cache::SharedResponse& response) {
  if (const auto known = pins_.find(response.get()); known != pins_.end()) {
    return known->second.lock();
  }
  auto pin = std::make_shared<Pin>(*this, response.get());
  if (!pin->share.try_set(response->bytes())) return nullptr;
  pins_.emplace(response.get(), pin);
  return pin;
}

/// Owns itself until its fill ends.
class ResponseCache::Refresh final : public Observer {
 public:
  Refresh(std::size_t& count, std::function<void(int)> done)
      : count_(count), done_(std::move(done)) {
    ++count_;
  }
  Refresh(const Refresh&) = delete;
  Refresh& operator=(const Refresh&) = delete;
  ~Refresh() override { --count_; }

 private:
  // A page that responds with 404 has been made anew, too.
  void on_filled(const cache::SharedResponse& response) override {
    end(response->status < 500 ? kDone : response->status);
  }
  void on_fill_failed(workers::Failure /*failure*/) override { end(kUnavailable); }

  void end(int status) {
    const std::unique_ptr<Refresh> self(this);
    done_(status);
  }

  std::size_t& count_;
  std::function<void(int)> done_;
};

void ResponseCache::refresh(const std::shared_ptr<const Site>& site, std::string_view scope,
                            const cache::RefreshRequest& request,
                            const std::function<void(int)>& done) {
  const RefreshTarget found = find_refresh_target(site, request.path);
  if (found.kind == RefreshTarget::Kind::missing) return done(kMissing);
  const StaticTarget& target = found.target;
  if (found.kind == RefreshTarget::Kind::uncached ||
      site->dispatcher->cache_scope(target.route) != scope) {
    return done(kDone);
  }
  if (request.only_kept && !find(target).response) return done(kDone);
  if (refreshes_ >= kMostRefreshes) return done(kUnavailable);
  auto waiting = std::make_unique<Refresh>(refreshes_, done);
  if (!fill(target, waiting.get(), FillCause::on_demand)) return done(kUnavailable);
  // The fill notifies it in every case, and it deletes itself then.
  static_cast<void>(waiting.release());
}

template <typename Tell>
void ResponseCache::finish(const std::string& key, const Tell& tell) {
  const auto place = fills_.find(key);
  // Notifying one observer may destroy another, whose leave() must find the list here.
  const auto waiting = notifying_.insert(notifying_.end(), std::move(place->second->waiting));
  fills_.erase(place);
  std::reverse(waiting->begin(), waiting->end());
  while (!waiting->empty()) {
    Observer& next = *waiting->back();
    waiting->pop_back();
    tell(next);
  }
  notifying_.erase(waiting);
}

void ResponseCache::replace_page(std::string_view key, const StaticTarget& target) {
  const std::string_view page = page_of(key);
  store_of(target).remove_beginning_with(page);
  const std::uint32_t generation = target.site->generation;
  if (generation > replaced_.generation) replaced_ = {.generation = generation, .pages = {}};
  const bool was_built = target.site->prerendered.has(target.page_key());
  if (was_built && generation == replaced_.generation) replaced_.pages.emplace(page);
}

void ResponseCache::on_filled(const std::string& key, const StaticTarget& target,
                              const cache::SharedResponse& response) {
  cache::ResponseStore& store = store_of(target);
  const bool is_page = target.site->manifest.routes[target.route].is_page();
  if (is_page && response->keep && response->state == cache::FillState::miss) {
    replace_page(key, target);
  }
  if (response->keep) store.set(key, response);
  if (!response->evaluated) store.put_off(key, now_());
  finish(key, [&response](Observer& observer) { observer.on_filled(response); });
}

void ResponseCache::on_failed(const std::string& key, const StaticTarget& target,
                              workers::Failure failure) {
  store_of(target).put_off(key, now_());
  finish(key, [failure](Observer& observer) { observer.on_fill_failed(failure); });
}

}  // namespace millrace::gateway
