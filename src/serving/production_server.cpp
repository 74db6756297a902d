#include "serving/production_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <csignal>
#include <utility>

#include "net/listener.hpp"
#include "serving/banner.hpp"
#include "serving/bound_address.hpp"
#include "serving/heap_snapshots.hpp"
#include "serving/launch.hpp"
#include "serving/production_deployment.hpp"
#include "serving/server_status.hpp"
#include "serving/tls_listeners.hpp"

namespace millrace::serving {

namespace {

using observe::Level;

int refuse_to_start(const base::Error& error, observe::Log& log) {
  log.log(Level::error, error.message());
  return 1;
}

bool offers_http2(const Deployment& deployment) {
  return !deployment.limits || deployment.limits->http2_streams > 0;
}

}  // namespace

ProductionServer::ProductionServer(const ProductionOptions& options, observe::Log& log,
                                   std::vector<base::UniqueFd> sockets, std::uint16_t port)
    : options_(options),
      log_(log),
      logs_(loop_, log),
      service_(loop_, service_options(), log),
      sockets_(std::move(sockets)),
      port_(port),
      admin_(loop_, service_, log),
      signals_(loop_, {SIGINT, SIGTERM, SIGHUP, SIGUSR1},
               [this](int signal) {
                 if (signal == SIGUSR1) return logs_.reopen();
                 if (signal != SIGHUP) return stop();
                 // reload() logs its outcome.
                 reload([](const base::Result<ReloadResponse>&) {});
               }),
      manager_(loop_),
      tls_(loop_, options.runtime.root, log, [this](std::shared_ptr<const net::TlsServer> loaded) {
        service_.server().set_tls(std::move(loaded));
      }) {
  for (const base::UniqueFd& socket : sockets_) {
    spare_sockets_.emplace_back(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  }
}

ServiceOptions ProductionServer::service_options() {
  ServiceOptions service;
  service.root = options_.runtime.root;
  service.observers.push_back(&logs_.observer());
  service.on_loaded = [this](std::string_view failure) { on_loaded(failure); };
  return service;
}

ProductionServer::BuildInService ProductionServer::build_of(const Deployment& deployment) {
  return {.in_use = std::make_unique<project::BuildInUse>(deployment.manifest_file.parent_path()),
          .notes = deployment.notes,
          .logs = deployment.logs,
          .tls = deployment.tls,
          .http2 = offers_http2(deployment)};
}

int ProductionServer::run(Deployment deployment) {
  if (!apply_logs(deployment) || !apply_tls(deployment.tls, offers_http2(deployment))) return 1;
  if (const auto admin = project::ListenAddress::parse(deployment.admin.listen)) {
    if (const auto opened = admin_.open(*admin); !opened) {
      return refuse_to_start(opened.error(), log_);
    }
  }
  if (deployment.tracing) service_.trace(*std::move(deployment.tracing));
  build_ = build_of(deployment);
  announce(deployment, sockets_);
  listen(deployment.tls);
  set_port(deployment, port_);
  take_control(
      control::ControlSocket::open_for(loop_, options_.runtime.root, port_, to_handler(*this)));
  service_.deploy(std::move(deployment));
  loop_.run();
  return exit_code_;
}

int ProductionServer::run_after(const Predecessor& predecessor, Deployment deployment) {
  tls_.take_ticket_keys(predecessor.ticket_keys());
  if (!apply_logs(deployment) || !apply_tls(deployment.tls, offers_http2(deployment))) return 1;
  announce(deployment, sockets_);
  if (deployment.tracing) service_.trace(*std::move(deployment.tracing));
  build_ = build_of(deployment);
  set_port(deployment, port_);
  for (workers::PoolPlan& pool : deployment.pools) {
    // Ports that its workers hold belong to a predecessor, not to an unrelated process.
    const auto process = predecessor.process();
    if (!process) break;
    set_variable(pool.launch.environment, fmt::format("MILLRACE_PREDECESSOR={}", *process));
  }
  const auto admin = project::ListenAddress::parse(deployment.admin.listen);
  service_.replace(
      std::move(deployment), [this, &predecessor, admin](const base::Result<void>& promoted) {
        if (promoted) {
          take_over_from(predecessor);
          if (admin) admin_.open_after_predecessor(*admin);
          return;
        }
        log_.log(Level::error, promoted.error().message() + "\nThe previous server keeps serving.");
        exit_code_ = 1;
        stop();
      });
  loop_.run();
  return exit_code_;
}

void ProductionServer::take_over_from(const Predecessor& predecessor) {
  // Both servers accept connections for a moment, so that none is refused.
  listen(build_.tls);
  // Must come before this server's control socket replaces the predecessor's at the same path.
  if (const auto handover = predecessor.hand_over(); !handover) {
    log_.log(Level::warn,
             "the previous server may still be running: " + handover.error().message());
  }
  take_control(
      control::ControlSocket::open(loop_, predecessor.control_socket(), to_handler(*this)));
  become_ready("took over, ready");
}

bool ProductionServer::apply_logs(const Deployment& deployment) {
  if (!deployment.logs) return true;
  const auto applied = logs_.apply(*deployment.logs, service_.server());
  if (!applied) log_.log(Level::error, applied.error().message());
  return applied.has_value();
}

bool ProductionServer::apply_tls(const project::TlsSettings& tls, bool http2) {
  service_.server().set_edge(edge_options(tls, options_.runtime.root, port_));
  const auto applied = tls_.apply(tls, http2);
  if (!applied) log_.log(Level::error, applied.error().message());
  return applied.has_value();
}

void ProductionServer::listen(const project::TlsSettings& tls) {
  std::vector<base::UniqueFd> served;
  std::vector<base::UniqueFd> redirected;
  for (base::UniqueFd& socket : std::exchange(sockets_, {})) {
    (redirects_at(tls, bound_address(socket).port) ? redirected : served)
        .push_back(std::move(socket));
  }
  service_.listen(std::move(served),
                  tls.certificates.empty() ? net::Entry::plain : net::Entry::tls);
  service_.listen(std::move(redirected), net::Entry::redirect);
}

void ProductionServer::announce(const Deployment& deployment,
                                const std::vector<base::UniqueFd>& sockets) {
  std::vector<std::string> lines =
      title_lines("production", urls_of(sockets, port_, !deployment.tls.certificates.empty()));
  if (const std::string admin = admin_.address(); !admin.empty()) {
    lines.push_back("  - Admin:   http://" + admin);
  }
  for (std::string& line :
       content_lines(deployment.environment_files, deployment.manifest, deployment.pools)) {
    lines.push_back(std::move(line));
  }
  lines.insert(lines.end(), deployment.notes.begin(), deployment.notes.end());
  for (const std::string& line : lines) log_.log(Level::info, line);
}

void ProductionServer::take_control(base::Result<std::unique_ptr<control::ControlSocket>> control) {
  if (control) {
    control_ = std::move(control).value();
  } else {
    // A project on a read-only disk is still served.
    log_.log(Level::warn,
             control.error().message() + "; `millrace ps` and `reload` cannot reach this server");
  }
  state_ = State::serving;
}

void ProductionServer::on_loaded(std::string_view failure) {
  if (failure.empty()) return become_ready("ready");
  if (announced_ != Announced::nothing) return;
  announced_ = Announced::failed;
  log_.log(
      Level::warn,
      fmt::format("not ready in {} ms: no worker could load the build; requests wait, or get a "
                  "503, until one has",
                  milliseconds_since_start()));
}

void ProductionServer::become_ready(std::string_view what) {
  if (std::exchange(announced_, Announced::ready) == Announced::ready) return;
  log_.log(Level::info, fmt::format("  {} in {} ms", what, milliseconds_since_start()));
  manager_.ready(port_);
}

std::int64_t ProductionServer::milliseconds_since_start() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               began_)
      .count();
}

ServerStatus ProductionServer::status() const { return status_of(service_, port_); }

ListenersResponse ProductionServer::share_listeners(std::vector<int>& descriptors) const {
  for (const base::UniqueFd& socket : spare_sockets_) descriptors.push_back(socket.get());
  return {.port = port_};
}

void ProductionServer::hand_over() {
  log_.log(Level::info, "another server has taken over; this server drains");
  // The successor listens there.
  admin_.close();
  stop();
}

base::Result<SnapshotResponse> ProductionServer::take_snapshot(pid_t worker) {
  return take_heap_snapshot(service_, options_.runtime.root, worker);
}

void ProductionServer::reload(OnReloaded done) {
  if (state_ != State::serving) {
    return done(base::Error(base::ErrorCode::conflict, state_ == State::starting
                                                           ? "the server is not ready yet"
                                                           : "the server is shutting down"));
  }
  const auto refuse = [this, done](const base::Error& error) {
    log_.log(Level::error, "The build in service is kept: " + error.message());
    done(error);
  };
  auto deployment = read_deployment(options_);
  if (!deployment) return refuse(deployment.error());
  // Protected from now on: a concurrent build could remove it while it loads. Shared, because the
  // callback that owns it must be copyable.
  const auto build = std::make_shared<BuildInService>(build_of(*deployment));
  const std::string name = deployment->manifest_file.parent_path().filename().string();
  set_port(*deployment, port_);
  manager_.reloading();
  service_.replace(std::move(deployment).value(),
                   [this, done, refuse, name, build](const base::Result<void>& promoted) {
                     manager_.reloaded();
                     if (!promoted) return refuse(promoted.error());
                     note_promoted(name, std::move(*build));
                     done(ReloadResponse{.build = name});
                   });
}

void ProductionServer::note_promoted(const std::string& name, BuildInService build) {
  log_.log(Level::info, "  build " + name + " is in service");
  if (build.notes != build_.notes) {
    for (const std::string& note : build.notes) log_.log(Level::info, note);
  }
  if (build.logs) {
    const auto applied = logs_.apply(*build.logs, service_.server());
    if (!applied)
      log_.log(Level::error, applied.error().message() + "; the logs stay as they were");
  }
  if (build.tls.certificates.empty() != build_.tls.certificates.empty() ||
      build.tls.redirect_from != build_.tls.redirect_from) {
    log_.log(Level::warn,
             "[tls] of millrace.toml: a restart is required to listen otherwise than before");
    build.tls = build_.tls;
  } else if (!apply_tls(build.tls, build.http2)) {
    log_.log(Level::error, "the certificates stay as they were");
  }
  build_ = std::move(build);
}

void ProductionServer::stop() {
  // A second signal stops at once.
  if (std::exchange(state_, State::stopping) == State::stopping) return loop_.stop();
  manager_.stopping();
  // New connections are refused, or wait for the successor that holds the same sockets.
  spare_sockets_.clear();
  service_.shut_down([this] { loop_.stop(); });
}

int run_production(const ProductionOptions& options, observe::Log& log) {
  auto deployment = read_deployment(options);
  if (!deployment) return refuse_to_start(deployment.error(), log);
  if (options.takeover) {
    auto predecessor = Predecessor::find(options);
    if (!predecessor) return refuse_to_start(predecessor.error(), log);
    auto sockets = predecessor->take_sockets();
    if (auto bound = bind_redirects(deployment->tls, options.host, predecessor->port(), sockets);
        !bound) {
      return refuse_to_start(bound.error(), log);
    }
    ProductionServer server(options, log, std::move(sockets), predecessor->port());
    return server.run_after(*predecessor, std::move(deployment).value());
  }
  std::vector<base::UniqueFd> sockets = sockets_of_service_manager();
  std::uint16_t port = sockets.empty() ? std::uint16_t{0} : bound_address(sockets.front()).port;
  if (sockets.empty()) {
    auto bound = net::bind_sockets(options.host, options.port);
    if (!bound) return refuse_to_start(bound.error(), log);
    sockets = std::move(bound->sockets);
    port = bound->port;
  }
  if (auto bound = bind_redirects(deployment->tls, options.host, port, sockets); !bound) {
    return refuse_to_start(bound.error(), log);
  }
  ProductionServer server(options, log, std::move(sockets), port);
  return server.run(std::move(deployment).value());
}

}  // namespace millrace::serving
