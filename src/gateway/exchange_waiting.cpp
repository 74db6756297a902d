// The part of an exchange that waits for a route to be compiled, in development.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "gateway/exchange.hpp"
#include "gateway/site.hpp"

namespace millrace::gateway {

namespace {

/// Whether a number is that of the same route in two sites.
bool is_same_route(const Site& one, const Site& other, std::uint32_t route) {
  const auto& routes = one.manifest.routes;
  const auto& others = other.manifest.routes;
  return route < routes.size() && route < others.size() &&
         routes[route].file == others[route].file && routes[route].path == others[route].path;
}

}  // namespace

void Exchange::resume() {
  const auto* const wait = std::get_if<RouteWait>(&source_);
  if (wait == nullptr) return route();
  const routing::Match match = wait->match;
  respond_after_wait(match);
}

void Exchange::wait_for_route(const routing::Match& match) {
  const std::string file = site_->manifest.routes[match.route].file;
  // `match` may be that of an earlier wait.
  routing::Match copy = match;
  source_.emplace<RouteWait>(context_, *this, std::move(copy));
  context_.want_route(file);
}

void Exchange::respond_after_wait(const routing::Match& match) {
  source_.emplace<std::monostate>();
  const std::shared_ptr<const Site>& now = context_.site();
  if (!now->failure.empty() || !is_same_route(*now, *site_, match.route)) return route();
  // What the rules and the middleware have decided stands, and the middleware does not run twice.
  if (resolution_ && !resolution_site_) resolution_site_ = site_;
  use_site(now);
  respond_with_route(match, request_fields());
}

}  // namespace millrace::gateway
