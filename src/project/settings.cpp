#include "project/settings.hpp"

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <utility>

#include "project/generated/settings_keys.hpp"
#include "project/glob.hpp"
#include "project/host_pattern.hpp"
#include "project/listen_address.hpp"
#include "project/settings_reader.hpp"
#include "project/traffic_reader.hpp"

namespace millrace::project {

namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

/// The context in which a pool's table is read.
struct PoolTable {
  const SettingsReader& reader;
  const toml::table& table;
  /// "pools.NAME", as in the file.
  std::string section;
  PoolSettings& pool;

  [[nodiscard]] Error error(std::string_view what) const {
    return reader.error(table, "[" + section + "] " + std::string(what));
  }
};

Result<void> read_sandbox(const PoolTable& from) {
  const toml::node* const node = from.table.get("sandbox");
  if (node == nullptr) return {};
  SandboxSettings& sandbox = from.pool.sandbox;
  if (const auto on = node->value_exact<bool>()) {
    sandbox.enabled = *on;
    return {};
  }
  const toml::table* const table = node->as_table();
  if (table == nullptr) return from.reader.unexpected(*node, settings_key("pools.NAME", "sandbox"));
  sandbox.enabled = true;
  return from.reader.read_keys(*table, "pools.NAME.sandbox", from.section + ".sandbox",
                               [&](const auto& visit) { visit_pool_sandbox_keys(sandbox, visit); });
}

Result<void> read_routes(const PoolTable& from) {
  const toml::node* const node = from.table.get("routes");
  if (from.pool.name == "default") {
    if (node == nullptr) return {};
    return from.reader.error(
        *node,
        "routes: the default pool runs every route that no other pool matches; "
        "set routes in a pool with another name");
  }
  if (node != nullptr) {
    return from.reader.read(*node, settings_key("pools.NAME", "routes"), from.pool.routes);
  }
  return from.error(R"(routes: expected globs of routes (["/api/reports/**"]), found none)");
}

/// `workers = 2` is short for `min` and `max`; "auto" allows routes to run in several workers.
Result<void> read_workers(const PoolTable& from) {
  constexpr std::int64_t kMost = 1024;
  const toml::node* const node = from.table.get("workers");
  if (node == nullptr) return {};
  PoolSettings& pool = from.pool;
  pool.count = WorkerCount::given;
  const auto text = node->value_exact<std::string_view>();
  if (text && *text == "auto") return {};
  const auto number = node->value_exact<std::int64_t>();
  if (!number || *number < 1 || *number > kMost) {
    return from.reader.unexpected(*node, settings_key("pools.NAME", "workers"));
  }
  if (from.table.contains("min") || from.table.contains("max")) {
    return from.error("workers: expected a number, or min and max, found both; leave one out");
  }
  pool.min = pool.max = static_cast<std::size_t>(*number);
  return {};
}

/// Checks the constraints between the keys of a pool.
Result<void> check(const PoolTable& from) {
  const PoolSettings& pool = from.pool;
  if (from.table.contains("max") && pool.min > pool.max) {
    return from.error("min: expected at most max, " + std::to_string(pool.max) + ", found " +
                      std::to_string(pool.min));
  }
  if (pool.run_inline && pool.sandbox.enabled) {
    return from.error(
        "inline: routes in the server's own process cannot be sandboxed; expected inline or "
        "sandbox, found both");
  }
  if (pool.memory_hard != 0 && pool.memory_hard < pool.memory) {
    return from.error("memory_hard: expected at least memory, found less");
  }
  return {};
}

/// Derives values that are not set from those that are.
void complete(const toml::table& table, PoolSettings& pool) {
  if (!table.contains("max")) pool.max = std::max(pool.min, pool.max);
  // The default minimum must not exceed the maximum that is set.
  if (!table.contains("min")) pool.min = std::min(pool.min, pool.max);
  // A minimum above one implies several workers.
  if (table.contains("min") && pool.min > 1) pool.count = WorkerCount::given;
  if (pool.memory != 0 && pool.memory_hard == 0) pool.memory_hard = pool.memory + pool.memory / 2;
}

Result<PoolSettings> read_pool(const SettingsReader& reader, const std::string& name,
                               const toml::node& node, const PoolSettings& defaults) {
  const auto table = reader.table(node, name);
  if (!table) return table.error();
  PoolSettings pool = defaults;
  pool.name = name;
  const PoolTable from{
      .reader = reader, .table = **table, .section = "pools." + name, .pool = pool};
  auto plain = reader.read_keys(from.table, "pools.NAME", from.section,
                                [&](const auto& visit) { visit_pool_keys(pool, visit); });
  if (!plain) return plain.error();
  for (const auto& read : {read_workers, read_sandbox, read_routes}) {
    if (auto done = read(from); !done) return done.error();
  }
  complete(from.table, pool);
  if (auto good = check(from); !good) return good.error();
  return pool;
}

Result<void> read_pools(const SettingsReader& reader, const toml::node& node,
                        const PoolSettings& defaults, Settings& settings) {
  const auto table = reader.table(node, "pools");
  if (!table) return table.error();
  Result<void> status;
  visit_pools_keys(settings, [&](const SettingsKey& key, auto& to) {
    const toml::node* const value = (*table)->get(key.name);
    if (status && value != nullptr) status = reader.read(*value, key, to);
  });
  if (!status) return status;
  // In the file's order, which decides where globs of several pools match.
  std::vector<std::pair<std::string, const toml::node*>> named;
  for (const auto& [key, value] : **table) {
    const std::string_view name = key.str();
    const bool plain =
        std::any_of(kSettingsKeys.begin(), kSettingsKeys.end(), [name](const SettingsKey& known) {
          return known.section == "pools" && known.name == name;
        });
    if (!plain) named.emplace_back(name, &value);
  }
  std::stable_sort(named.begin(), named.end(), [](const auto& a, const auto& b) {
    return a.second->source().begin < b.second->source().begin;
  });
  for (const auto& [name, value] : named) {
    auto pool = read_pool(reader, name, *value, defaults);
    if (!pool) return pool.error();
    if (name == "default") {
      settings.pools.front() = std::move(pool).value();
    } else {
      settings.pools.push_back(std::move(pool).value());
    }
  }
  return {};
}

Result<EngineRule> read_engine_rule(const SettingsReader& reader, const toml::node& node) {
  const auto table = reader.table(node, "build.routes");
  if (!table) return table.error();
  EngineRule rule;
  auto read = reader.read_keys(**table, "build.routes", "build.routes",
                               [&](const auto& visit) { visit_build_routes_keys(rule, visit); });
  if (!read) return read.error();
  for (const std::string_view name : {"match", "engine"}) {
    if ((*table)->contains(name)) continue;
    const SettingsKey& key = settings_key("build.routes", name);
    return reader.error(
        node,
        std::string("[[build.routes]] ").append(name).append(": expected ").append(key.expects) +
            ", found none");
  }
  return rule;
}

Result<void> read_build(const SettingsReader& reader, const toml::table& table,
                        BuildSettings& build) {
  auto plain = reader.read_keys(table, "build", "build",
                                [&](const auto& visit) { visit_build_keys(build, visit); });
  const toml::node* const routes = table.get("routes");
  if (!plain || routes == nullptr) return plain;
  const toml::array* const list = routes->as_array();
  if (list == nullptr) return reader.unexpected(*routes, settings_key("build", "routes"));
  for (const toml::node& node : *list) {
    auto rule = read_engine_rule(reader, node);
    if (!rule) return rule.error();
    build.routes.push_back(std::move(rule).value());
  }
  return {};
}

/// `name`: the table in the file.
Result<void> check_certificate(const SettingsReader& reader, const toml::node& node,
                               std::string_view name, const TlsCertificateKeys& certificate) {
  if (!certificate.certificate.empty() && !certificate.key.empty()) return {};
  return reader.error(
      node, std::string(name) + ": expected both certificate and key, found only one of them");
}

Result<void> read_certificates(const SettingsReader& reader, const toml::node& node,
                               TlsSettings& tls) {
  const toml::array* const list = node.as_array();
  if (list == nullptr) return reader.unexpected(node, settings_key("tls", "certificates"));
  for (const toml::node& element : *list) {
    const auto table = reader.table(element, "tls.certificates");
    if (!table) return table.error();
    TlsCertificateKeys certificate;
    auto read = reader.read_keys(
        **table, "tls.certificates", "tls.certificates",
        [&](const auto& visit) { visit_tls_certificates_keys(certificate, visit); });
    if (read) read = check_certificate(reader, element, "[[tls.certificates]]", certificate);
    if (!read) return read;
    tls.certificates.push_back(std::move(certificate));
  }
  return {};
}

/// Checks the constraints between the keys of [tls].
Result<void> check_tls(const SettingsReader& reader, const toml::table& table,
                       const TlsSettings& tls) {
  if (tls.certificates.empty()) {
    return reader.error(table, "[tls] certificate: expected the file of a certificate, found none");
  }
  if ((tls.client_certificates == "none") != tls.client_authorities.empty()) {
    return reader.error(table,
                        "[tls] client_authorities: expected together with client_certificates = "
                        "\"optional\" or \"required\", found only one of them");
  }
  if (!tls.hsts.empty() && !tls.hsts.starts_with("max-age=")) {
    return reader.error(*table.get("hsts"),
                        "hsts: expected \"max-age=SECONDS\", optionally with "
                        "\"; includeSubDomains\" and \"; preload\", found \"" +
                            tls.hsts + "\"");
  }
  const bool plain =
      std::all_of(tls.hsts.begin(), tls.hsts.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!plain) return reader.error(*table.get("hsts"), "hsts: expected a field value of ASCII");
  return {};
}

Result<void> read_tls(const SettingsReader& reader, const toml::table& table, TlsSettings& tls) {
  auto read =
      reader.read_keys(table, "tls", "tls", [&](const auto& visit) { visit_tls_keys(tls, visit); });
  if (!read) return read;
  if (!tls.certificate.empty() || !tls.key.empty()) {
    tls.certificates.push_back({.certificate = tls.certificate, .key = tls.key});
    read = check_certificate(reader, table, "[tls]", tls.certificates.front());
    if (!read) return read;
  }
  if (const toml::node* const further = table.get("certificates")) {
    read = read_certificates(reader, *further, tls);
    if (!read) return read;
  }
  return check_tls(reader, table, tls);
}

Result<void> read_admin(const SettingsReader& reader, const toml::table& table, AdminKeys& admin) {
  auto read = reader.read_keys(table, "admin", "admin",
                               [&](const auto& visit) { visit_admin_keys(admin, visit); });
  if (!read || admin.listen.empty() || admin.remote) return read;
  if (ListenAddress::parse(admin.listen)->is_loopback()) return {};
  return reader.error(
      *table.get("listen"),
      "listen: expected a loopback address (\"127.0.0.1:9464\"), found \"" + admin.listen +
          "\", which other machines can reach; if that is meant, add remote = true");
}

Result<void> read_server(const SettingsReader& reader, const toml::table& table,
                         Settings& settings) {
  auto read = reader.read_keys(table, "server", "server",
                               [&](const auto& visit) { visit_server_keys(settings, visit); });
  if (!read) return read;
  for (const std::string& host : settings.proxies.allowed_hosts) {
    if (is_host_pattern(host)) continue;
    return reader.error(*table.get("allowed_hosts"),
                        "allowed_hosts: expected hosts without scheme and port "
                        "(\"example.com\", \"*.example.com\"), found \"" +
                            host + "\"");
  }
  if (settings.proxies.proxy_protocol && settings.proxies.trusted_proxies.empty()) {
    return reader.error(
        *table.get("proxy_protocol"),
        "proxy_protocol: expected trusted_proxies, which name the proxies, found none");
  }
  return {};
}

constexpr std::array<std::string_view, 13> kTables = {
    "server",   "limits", "compression", "tls",   "log",  "admin",  "tracing",
    "upstream", "native", "build",       "pools", "cors", "headers"};

Result<void> read_section(const SettingsReader& reader, std::string_view name,
                          const toml::table& table, Settings& settings) {
  if (name == "server") return read_server(reader, table, settings);
  if (name == "build") return read_build(reader, table, settings.build);
  if (name == "tls") return read_tls(reader, table, settings.tls);
  if (name == "admin") return read_admin(reader, table, settings.admin);
  if (name == "limits") {
    if (auto read = read_traffic_limits(reader, table, settings.traffic); !read) return read;
  }
  return reader.read_keys(table, name, name, [&](const auto& visit) {
    if (name == "limits") visit_limits_keys(settings.limits, visit);
    if (name == "compression") visit_compression_keys(settings.compression, visit);
    if (name == "log") visit_log_keys(settings.log, visit);
    if (name == "tracing") visit_tracing_keys(settings.tracing, visit);
    if (name == "upstream") visit_upstream_keys(settings.upstream, visit);
    if (name == "native") visit_native_keys(settings.native, visit);
  });
}

Result<void> read_file(const SettingsReader& reader, const toml::table& file,
                       const PoolSettings& defaults, Settings& settings) {
  for (const auto& [key, node] : file) {
    const std::string_view name = key.str();
    if (std::find(kTables.begin(), kTables.end(), name) == kTables.end()) {
      return reader.unknown(node, "", name, {kTables.begin(), kTables.end()});
    }
    if (name == "pools") {
      if (auto read = read_pools(reader, node, defaults, settings); !read) return read;
      continue;
    }
    if (name == "cors" || name == "headers") {
      const auto read_list = name == "cors" ? read_cors : read_headers;
      if (auto read = read_list(reader, node, settings.traffic); !read) return read;
      continue;
    }
    const auto table = reader.table(node, name);
    if (!table) return table.error();
    if (auto read = read_section(reader, name, **table, settings); !read) return read;
  }
  return {};
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, std::string_view file,
                                const PoolSettings& defaults) {
  Settings settings;
  settings.pools.push_back(defaults);
  toml::table table;
  try {
    table = toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    return Error(ErrorCode::invalid, std::string(file) + ":" +
                                         std::to_string(error.source().begin.line) + ": " +
                                         std::string(error.description()));
  }
  if (auto read = read_file(SettingsReader(file), table, defaults, settings); !read) {
    return read.error();
  }
  return settings;
}

Result<Settings> read_settings(const std::filesystem::path& root, const PoolSettings& defaults) {
  const std::filesystem::path path = root / "millrace.toml";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return parse_settings("", path.string(), defaults);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) return Error(ErrorCode::system, path.string() + ": cannot be read");
  return parse_settings(text.str(), path.string(), defaults);
}

Engine engine_of(const BuildSettings& build, std::string_view path) {
  const auto rule =
      std::find_if(build.routes.begin(), build.routes.end(),
                   [&](const auto& candidate) { return glob_matches(candidate.match, path); });
  return rule == build.routes.end() ? build.engine : rule->engine;
}

std::size_t pool_of(const Settings& settings, std::string_view path) {
  for (std::size_t i = 1; i < settings.pools.size(); ++i) {
    const auto& globs = settings.pools[i].routes;
    const bool mine = std::any_of(globs.begin(), globs.end(),
                                  [path](const auto& glob) { return glob_matches(glob, path); });
    if (mine) return i;
  }
  return 0;
}

}  // namespace millrace::project
