#include "serving/tls_endpoint.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

namespace millrace::serving {

namespace {

using observe::Level;

/// ACME clients renew a month before the end.
constexpr std::int64_t kSoon = 7 * 24 * 3600;

}  // namespace

net::TlsServerOptions tls_options(const project::TlsSettings& settings,
                                  const std::filesystem::path& root) {
  net::TlsServerOptions options;
  for (const project::TlsCertificateKeys& certificate : settings.certificates) {
    options.certificates.push_back({.certificate = (root / certificate.certificate).string(),
                                    .key = (root / certificate.key).string()});
  }
  if (settings.client_certificates != "none") {
    options.client_certificates = settings.client_certificates == "required"
                                      ? net::ClientCertificates::required
                                      : net::ClientCertificates::optional;
    options.client_authorities = (root / settings.client_authorities).string();
  }
  return options;
}

TlsEndpoint::TlsEndpoint(net::EventLoop& loop, std::filesystem::path root, observe::Log& log,
                         OnLoaded on_loaded)
    : root_(std::move(root)),
      log_(log),
      on_loaded_(std::move(on_loaded)),
      timer_(loop, [this] { examine(); }) {}

base::Result<void> TlsEndpoint::apply(const project::TlsSettings& settings, bool http2) {
  if (settings.certificates.empty()) return {};
  auto before = std::exchange(options_, tls_options(settings, root_));
  if (!http2) options_.protocols = {"http/1.1"};
  const bool waits = !settings.challenges.empty();
  timer_.set_after(kInterval);
  auto loaded = load();
  if (loaded) return loaded;
  const bool missing = std::find(seen_.begin(), seen_.end(), Mark{}) != seen_.end();
  if (waits && missing && before.certificates.empty()) {
    log_.log(Level::warn, loaded.error().message() +
                              "\nConnections over TLS are closed until there is a certificate.");
    return {};
  }
  if (!before.certificates.empty()) {
    options_ = std::move(before);
    seen_ = marks();
  }
  return loaded;
}

TlsEndpoint::Marks TlsEndpoint::marks() const {
  Marks marks;
  const auto mark = [&marks](const std::string& path) {
    struct stat facts {};
    // A link is followed: certbot's name stays, and what it points to changes.
    const bool exists = ::stat(path.c_str(), &facts) == 0;
    marks.push_back(exists ? Mark{.file = facts.st_ino,
                                  .seconds = facts.st_mtim.tv_sec,
                                  .nanoseconds = facts.st_mtim.tv_nsec,
                                  .size = facts.st_size}
                           : Mark{});
  };
  for (const net::TlsCertificateFiles& files : options_.certificates) {
    mark(files.certificate);
    mark(files.key);
  }
  if (!options_.client_authorities.empty()) mark(options_.client_authorities);
  return marks;
}

base::Result<void> TlsEndpoint::load() {
  // Read before the files, so that a change during the load is seen.
  seen_ = marks();
  auto loaded = net::TlsServer::load(options_, tickets_);
  if (!loaded) return loaded.error();
  note_end(**loaded);
  on_loaded_(std::move(loaded).value());
  return {};
}

void TlsEndpoint::examine() {
  timer_.set_after(kInterval);
  tickets_->rotate(net::Clock::now());
  if (marks() == seen_) return;
  const auto loaded = load();
  if (loaded) return log_.log(Level::info, "  the certificates have changed and are in service");
  // An ACME client writes the certificate and its key one after the other: what does not fit
  // together now may in a moment.
  log_.log(Level::warn, loaded.error().message() + "\nThe certificates in service are kept.");
}

void TlsEndpoint::note_end(const net::TlsServer& loaded) {
  if (loaded.expires() - std::time(nullptr) > kSoon) return;
  log_.log(Level::warn, fmt::format("a certificate of [tls] ends on {:%F %H:%M} UTC; renew it",
                                    fmt::gmtime(static_cast<std::time_t>(loaded.expires()))));
}

}  // namespace millrace::serving
