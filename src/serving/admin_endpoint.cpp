#include "serving/admin_endpoint.hpp"

#include <utility>

#include "metrics/text_page.hpp"
#include "net/listener.hpp"
#include "serving/metrics_page.hpp"

namespace millrace::serving {

namespace {

constexpr std::chrono::milliseconds kRetryInterval{250};
constexpr std::string_view kIndex = "/metrics\n/livez\n/readyz\n/startupz\n";

admin::Response health(bool good, std::string_view text) {
  return {.status = static_cast<std::uint16_t>(good ? 200 : 503), .body = std::string(text) + "\n"};
}

}  // namespace

std::string_view describe(Readiness readiness) {
  switch (readiness) {
    case Readiness::starting:
      return "starting: no worker has been ready yet";
    case Readiness::ready:
      return "ready";
    case Readiness::no_worker:
      return "no worker is ready";
    case Readiness::broken:
      return "the build in service cannot serve requests";
    case Readiness::draining:
      return "draining: the server is shutting down";
  }
  return "";
}

AdminEndpoint::AdminEndpoint(net::EventLoop& loop, Service& service, observe::Log& log)
    : loop_(loop), service_(service), log_(log), retry_timer_(loop, [this] { try_again(); }) {}

AdminEndpoint::~AdminEndpoint() = default;

base::Result<void> AdminEndpoint::open(const project::ListenAddress& address) {
  auto bound = net::bind_sockets(address.host, address.port);
  if (!bound) {
    const bool in_use = bound.error().code() == base::ErrorCode::conflict;
    return base::Error(bound.error().code(),
                       "cannot listen on the admin address " + address.to_string() +
                           (in_use ? ": another process uses it" : "") +
                           " (millrace.toml, [admin] listen)" +
                           (in_use ? std::string() : ": " + bound.error().message()));
  }
  address_ = {.host = address.host, .port = bound->port};
  server_ = std::make_unique<admin::AdminServer>(loop_, std::move(bound->sockets),
                                                 static_cast<admin::Handler&>(*this));
  return {};
}

void AdminEndpoint::open_after_predecessor(const project::ListenAddress& address) {
  address_ = address;
  give_up_ = net::Clock::now() + kPatience;
  try_again();
}

void AdminEndpoint::try_again() {
  const auto opened = open(address_);
  if (opened) return;
  const bool in_use = opened.error().code() == base::ErrorCode::conflict;
  if (in_use && net::Clock::now() < give_up_) return retry_timer_.set_after(kRetryInterval);
  log_.log(observe::Level::error, opened.error().message());
}

void AdminEndpoint::close() {
  retry_timer_.cancel();
  server_.reset();
}

std::string AdminEndpoint::address() const { return server_ ? address_.to_string() : ""; }

admin::Response AdminEndpoint::respond(std::string_view path, std::string_view accept) {
  if (path == "/metrics") {
    const metrics::TextFormat format = metrics::text_format(accept);
    return {.content_type = metrics::content_type(format), .body = metrics_page(service_, format)};
  }
  // The loop turns, or there would be no response.
  if (path == "/livez") return health(true, "alive");
  const Readiness readiness = service_.readiness();
  if (path == "/readyz") return health(readiness == Readiness::ready, describe(readiness));
  if (path == "/startupz") {
    const bool starting = readiness == Readiness::starting;
    return health(!starting, starting ? describe(readiness) : "started");
  }
  if (path == "/") return {.body = std::string(kIndex)};
  return {.status = 404, .body = "expected one of\n" + std::string(kIndex)};
}

}  // namespace millrace::serving
