// How an exchange forwards its request to an upstream: that of a rewrite, the project's `next dev`,
// or the site's upstream.
#include <chrono>
#include <string>
#include <utility>

#include "gateway/exchange.hpp"
#include "gateway/site.hpp"
#include "gateway/upstream_fields.hpp"
#include "http/fields.hpp"

namespace millrace::gateway {

namespace {

/// `next dev` has to start and to compile the requested route.
constexpr std::chrono::milliseconds kNextDevTimeout{180'000};
constexpr std::chrono::milliseconds kUpstreamTimeout{60'000};
/// An event stream may be silent for long.
constexpr std::chrono::milliseconds kBodyTimeout{3'600'000};

}  // namespace

void Exchange::forward() {
  auto target = parse_upstream_url(resolution_->location());
  if (!target) {
    context_.log(observe::Level::error, target.error().message());
    return response_.send(kServerError);
  }
  start_upstream({.target = std::move(target).value(),
                  .name = resolution_->location(),
                  .fields = with_forwarded_host(resolution_->fields_to_forward()),
                  .timeout = site_->manifest.config.proxy_timeout});
}

void Exchange::forward_to_next_dev() {
  auto server = parse_upstream_url(site_->manifest.next_dev);
  if (!server) return response_.send(kServerError);
  forward_as_received(std::move(server).value(), "`next dev`", kNextDevTimeout);
}

void Exchange::forward_to_upstream() {
  forward_as_received(*site_->upstream, "the upstream " + site_->upstream->server(),
                      kUpstreamTimeout);
}

void Exchange::forward_as_received(UpstreamTarget server, std::string name,
                                   std::chrono::milliseconds timeout) {
  // The upstream applies rules and a middleware of its own, which replace those applied so far, and
  // its responses are compressed as it wishes.
  if (resolution_) resolution_->pending() = PendingFields();
  response_.transport().set_options(nullptr);
  // The upstream is the same site for clients, under the same name.
  if (const auto host = http::find_field(head_.fields, "host")) server.authority = *host;
  server.path = head_.target;
  start_upstream({.target = std::move(server),
                  .name = std::move(name),
                  .fields = end_to_end_fields(head_.fields),
                  .timeout = timeout,
                  .body_timeout = kBodyTimeout,
                  .forwarding = Forwarding::site});
}

void Exchange::start_upstream(UpstreamCall call) {
  label_ = metrics::RouteLabels::kUpstream;
  call.descriptor = context_.take_descriptor();
  if (!call.descriptor) return response_.send(kBusy);
  append_forwarded(call.fields, peer_);
  static_cast<void>(identity_.with_id(call.fields, call.fields));
  facts_.begin_source(observe::ResponseOrigin::upstream, context_.loop().now());
  if (trace_) call.fields = trace_->begin_call(TracedCall::upstream, call.fields);
  body_.begin(RequestBody::Reader::last, head_.has_body);
  source_
      .emplace<UpstreamSource>(context_.make_upstream(
          std::move(call), head_, static_cast<ResponseSource::Observer&>(*this)))
      ->begin();
}

}  // namespace millrace::gateway
