#include "project/settings.hpp"

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <functional>
#include <sstream>
#include <utility>

#include "project/glob.hpp"

namespace millrace::project {

namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using std::chrono::milliseconds;

/// What is wrong with a value, thrown out of the readers to parse_settings() and no further.
struct Wrong {
  std::string what;
  toml::source_region where;
};

[[noreturn]] void refuse(const toml::node& node, std::string what) {
  throw Wrong{.what = std::move(what), .where = node.source()};
}

std::string found(const toml::node& node) {
  std::ostringstream text;
  node.visit([&text](const auto& value) {
    if constexpr (toml::is_table<decltype(value)>) {
      text << "a table";
    } else if constexpr (toml::is_array<decltype(value)>) {
      text << "an array";
    } else {
      text << value;
    }
  });
  return text.str();
}

[[noreturn]] void expected(const toml::node& node, std::string_view key, std::string_view what) {
  refuse(node, std::string(key) + ": expected " + std::string(what) + ", found " + found(node));
}

/// A number and the unit behind it; none where `text` is not so.
struct Quantity {
  std::uint64_t number = 0;
  std::string_view unit;
};

std::optional<Quantity> quantity_of(std::string_view text) {
  Quantity quantity;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), quantity.number);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  quantity.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  while (quantity.unit.starts_with(' ')) quantity.unit.remove_prefix(1);
  return quantity;
}

using Unit = std::pair<std::string_view, std::uint64_t>;

constexpr std::array<Unit, 4> kDurations = {
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Unit, 4> kSizes = {
    {{"B", 1}, {"KB", 1ULL << 10U}, {"MB", 1ULL << 20U}, {"GB", 1ULL << 30U}}};
constexpr std::uint64_t kLargest = 1ULL << 52U;

/// `plain`: what a number without a unit counts.
template <std::size_t N>
std::uint64_t scaled(const toml::node& node, std::string_view key, const std::array<Unit, N>& units,
                     std::uint64_t plain, std::string_view what) {
  std::uint64_t number = 0;
  std::uint64_t unit = plain;
  if (const auto integer = node.value_exact<std::int64_t>(); integer && *integer >= 0) {
    number = static_cast<std::uint64_t>(*integer);
  } else if (const auto text = node.value_exact<std::string_view>()) {
    const auto quantity = quantity_of(*text);
    const auto known = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
      return quantity && candidate.first == quantity->unit;
    });
    if (known == units.end()) expected(node, key, what);
    number = quantity->number;
    unit = known->second;
  } else {
    expected(node, key, what);
  }
  if (number > kLargest / unit) expected(node, key, what);
  return number * unit;
}

void read(const toml::node& node, std::string_view key, milliseconds& to) {
  to = milliseconds(scaled(node, key, kDurations, 1000,
                           R"(a duration ("500ms", "30s", "5m", "1h", or seconds))"));
}

void read_size(const toml::node& node, std::string_view key, std::uint64_t& to) {
  to = scaled(node, key, kSizes, 1, R"(a size ("512MB", "1GB", or bytes))");
}

void read(const toml::node& node, std::string_view key, std::size_t& to) {
  const auto integer = node.value_exact<std::int64_t>();
  if (!integer || *integer < 0 || *integer > 1'000'000)
    expected(node, key, "an integer from 0 to 1,000,000");
  to = static_cast<std::size_t>(*integer);
}

void read(const toml::node& node, std::string_view key, bool& to) {
  const auto value = node.value_exact<bool>();
  if (!value) expected(node, key, "true or false");
  to = *value;
}

void read(const toml::node& node, std::string_view key, std::string& to) {
  const auto text = node.value_exact<std::string>();
  if (!text) expected(node, key, "a text");
  to = *text;
}

void read(const toml::node& node, std::string_view key, std::vector<std::string>& to) {
  const toml::array* const list = node.as_array();
  if (list == nullptr) expected(node, key, "an array of texts");
  to.clear();
  for (const toml::node& item : *list) read(item, key, to.emplace_back());
}

constexpr std::array<Engine, 3> kEngines = {Engine::automatic, Engine::light, Engine::next};

void read(const toml::node& node, std::string_view key, Engine& to) {
  const auto text = node.value_exact<std::string_view>();
  const auto* const known = std::find_if(kEngines.begin(), kEngines.end(), [&](Engine engine) {
    return text && to_string(engine) == *text;
  });
  if (known == kEngines.end()) expected(node, key, R"("auto", "light" or "next")");
  to = *known;
}

/// A table of names and texts, as "NAME=value".
void read_environment(const toml::node& node, std::string_view key, std::vector<std::string>& to) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) expected(node, key, R"(a table ({ NAME = "value" }))");
  for (const auto& [name, value] : *table) {
    std::string text;
    read(value, std::string(key) + "." + std::string(name.str()), text);
    to.push_back(std::string(name.str()) + "=" + text);
  }
}

/// What a table may hold, and what to do with each.
using Reader = std::pair<std::string_view, std::function<void(const toml::node&)>>;
using Readers = std::vector<Reader>;

void read_table(const toml::table& table, const std::string& name, const Readers& readers) {
  for (const auto& entry : table) {
    const std::string_view key = entry.first.str();
    const auto known = std::find_if(readers.begin(), readers.end(),
                                    [key](const auto& reader) { return reader.first == key; });
    if (known != readers.end()) {
      known->second(entry.second);
      continue;
    }
    std::string what = name.empty() ? std::string(key) : "[" + name + "] " + std::string(key);
    what.append(": nobody knows this key; expected one of ");
    for (const auto& [other, reader] : readers) {
      if (other != readers.front().first) what.append(", ");
      what.append(other);
    }
    refuse(entry.second, std::move(what));
  }
}

void read_sandbox(const toml::node& node, const std::string& name, SandboxSettings& sandbox) {
  if (const auto on = node.value_exact<bool>()) {
    sandbox.enabled = *on;
    return;
  }
  const toml::table* const table = node.as_table();
  if (table == nullptr) expected(node, "sandbox", "true, false or a table");
  sandbox.enabled = true;
  read_table(*table, name + ".sandbox",
             {{"data", [&](const toml::node& n) { read(n, "data", sandbox.data); }},
              {"env", [&](const toml::node& n) { read(n, "env", sandbox.env); }}});
}

template <typename T>
Reader plain(std::string_view key, T& to) {
  return {key, [key, &to](const toml::node& node) { read(node, key, to); }};
}

void read_routes(const toml::node& node, const PoolSettings& pool,
                 std::vector<std::string>& routes) {
  if (pool.name == "default") {
    refuse(node,
           "routes: the default pool takes every route that no other pool claims; give a pool "
           "with another name routes of its own");
  }
  read(node, "routes", routes);
  const bool good =
      !routes.empty() && std::all_of(routes.begin(), routes.end(),
                                     [](const auto& glob) { return glob.starts_with('/'); });
  if (!good) expected(node, "routes", R"(globs that begin with "/" (["/api/reports/**"]))");
}

/// `workers = 2` is short for `min` and `max`; "auto" says that routes may run in several workers.
void read_workers(const toml::node& node, PoolSettings& pool) {
  constexpr std::int64_t kMost = 1024;
  pool.count = WorkerCount::given;
  const auto text = node.value_exact<std::string_view>();
  if (text && *text == "auto") return;
  const auto number = node.value_exact<std::int64_t>();
  if (!number || *number < 1 || *number > kMost) {
    expected(node, "workers", R"(a number from 1 to 1024 or "auto")");
  }
  pool.min = pool.max = static_cast<std::size_t>(*number);
}

void check_workers(const toml::table& table, const PoolSettings& pool) {
  const bool number = table["workers"].is_integer();
  if (!number || !(table.contains("min") || table.contains("max"))) return;
  refuse(table, "[pools." + pool.name +
                    "] workers: expected a number, or min and max, found both; leave one out");
}

void check(const toml::table& table, const PoolSettings& pool, bool max_given) {
  check_workers(table, pool);
  if (pool.max < 1) refuse(table, "[pools." + pool.name + "] max: expected at least 1, found 0");
  if (max_given && pool.min > pool.max) {
    refuse(table, "[pools." + pool.name + "] min: expected at most max, " +
                      std::to_string(pool.max) + ", found " + std::to_string(pool.min));
  }
  if (pool.concurrency < 1) {
    refuse(table, "[pools." + pool.name + "] concurrency: expected at least 1, found 0");
  }
  if (pool.run_inline && pool.sandbox.enabled) {
    refuse(table, "[pools." + pool.name +
                      "] inline: routes in the server's own process cannot be boxed in; expected "
                      "inline or sandbox, found both");
  }
  if (pool.memory_hard != 0 && pool.memory_hard < pool.memory) {
    refuse(table, "[pools." + pool.name + "] memory_hard: expected at least memory, found less");
  }
  if (pool.name != "default" && pool.routes.empty()) {
    refuse(table,
           "[pools." + pool.name +
               R"(] routes: expected the globs of its routes (["/api/reports/**"]), found none)");
  }
}

PoolSettings read_pool(const std::string& name, const toml::node& node,
                       const PoolSettings& defaults) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) expected(node, name, "a table");
  PoolSettings pool = defaults;
  pool.name = name;
  read_table(
      *table, "pools." + name,
      {{"routes", [&](const toml::node& n) { read_routes(n, pool, pool.routes); }},
       plain("min", pool.min),
       plain("max", pool.max),
       {"workers", [&](const toml::node& n) { read_workers(n, pool); }},
       plain("concurrency", pool.concurrency),
       plain("streams", pool.streams),
       plain("queue", pool.queue),
       plain("queue_timeout", pool.queue_timeout),
       plain("target_wait", pool.target_wait),
       plain("idle", pool.idle),
       plain("max_duration", pool.max_duration),
       plain("blocked", pool.blocked),
       plain("start_timeout", pool.start_timeout),
       plain("drain_timeout", pool.drain_timeout),
       {"memory", [&](const toml::node& n) { read_size(n, "memory", pool.memory); }},
       {"memory_hard", [&](const toml::node& n) { read_size(n, "memory_hard", pool.memory_hard); }},
       plain("processes", pool.processes),
       plain("open_files", pool.open_files),
       plain("node_flags", pool.node_flags),
       plain("threads", pool.threads),
       plain("inline", pool.run_inline),
       {"env", [&](const toml::node& n) { read_environment(n, "env", pool.env); }},
       {"sandbox", [&](const toml::node& n) { read_sandbox(n, "pools." + name, pool.sandbox); }}});
  const bool max_given = table->contains("max");
  if (!max_given) pool.max = std::max(pool.min, pool.max);
  // One that is asked to be smaller than what others keep keeps no more than its most.
  if (!table->contains("min")) pool.min = std::min(pool.min, pool.max);
  check(*table, pool, max_given);
  // Who keeps several does not mean one.
  if (table->contains("min") && pool.min > 1) pool.count = WorkerCount::given;
  if (pool.memory != 0 && pool.memory_hard == 0) pool.memory_hard = pool.memory + pool.memory / 2;
  return pool;
}

void read_pools(const toml::node& node, const PoolSettings& defaults, Settings& settings) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) expected(node, "pools", "a table");
  // In the file's order, which decides where globs of two pools match.
  std::vector<std::pair<std::string, const toml::node*>> named;
  for (const auto& [key, value] : *table) {
    if (key.str() == "db_connections") {
      read(value, "db_connections", settings.db_connections);
    } else if (key.str() == "default") {
      settings.pools.front() = read_pool("default", value, defaults);
    } else {
      named.emplace_back(key.str(), &value);
    }
  }
  std::stable_sort(named.begin(), named.end(), [](const auto& a, const auto& b) {
    return a.second->source().begin < b.second->source().begin;
  });
  for (const auto& [name, value] : named)
    settings.pools.push_back(read_pool(name, *value, defaults));
}

void read_native(const toml::node& node, NativeSettings& native) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) expected(node, "native", "a table");
  read_table(*table, "native",
             {plain("compiler", native.compiler), plain("flags", native.flags),
              plain("include", native.include), plain("libraries", native.libraries),
              plain("pkg_config", native.pkg_config), plain("sources", native.sources),
              plain("cmake", native.cmake)});
}

BuildSettings::Rule read_engine_rule(const toml::node& node) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) expected(node, "build.routes", "tables ([[build.routes]])");
  BuildSettings::Rule rule;
  read_table(*table, "build.routes", {plain("match", rule.match), plain("engine", rule.engine)});
  if (!rule.match.starts_with('/')) {
    refuse(node, R"([[build.routes]] match: expected a glob that begins with "/" )"
                 R"(("/api/legacy/**"), found ")" +
                     rule.match + '"');
  }
  if (!table->contains("engine")) {
    refuse(node, R"([[build.routes]] engine: expected "auto", "light" or "next", found none)");
  }
  return rule;
}

void read_build(const toml::node& node, BuildSettings& build) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) expected(node, "build", "a table");
  const Reader routes{"routes", [&](const toml::node& n) {
                        const toml::array* const list = n.as_array();
                        if (list == nullptr) expected(n, "routes", "tables ([[build.routes]])");
                        for (const toml::node& rule : *list)
                          build.routes.push_back(read_engine_rule(rule));
                      }};
  read_table(*table, "build", {plain("engine", build.engine), routes});
}

/// Whole seconds, `least` at least: a sweep once a second looks at them.
void read_seconds(const toml::node& node, std::string_view key, std::uint32_t least,
                  std::uint32_t& to) {
  constexpr std::int64_t kDay = 24 * 60 * 60;
  milliseconds duration{0};
  read(node, key, duration);
  const std::int64_t seconds = duration.count() / 1000;
  if (duration.count() % 1000 != 0 || seconds < least || seconds > kDay) {
    expected(node, key, "whole seconds from " + std::to_string(least) + "s to 24h");
  }
  to = static_cast<std::uint32_t>(seconds);
}

void read_bytes(const toml::node& node, std::string_view key, std::uint64_t least,
                std::uint64_t& to) {
  read_size(node, key, to);
  if (to < least) expected(node, key, "at least " + std::to_string(least) + " bytes");
}

void read_head_size(const toml::node& node, std::size_t& to) {
  std::uint64_t size = 0;
  read_size(node, "max_header_size", size);
  if (size < kLeastHeadSize || size > kMostHeadSize) {
    expected(node, "max_header_size", R"(a size from "8KB" to "256KB")");
  }
  to = static_cast<std::size_t>(size);
}

void read_count(const toml::node& node, std::string_view key, std::size_t least, std::size_t& to) {
  read(node, key, to);
  if (to < least) expected(node, key, "at least " + std::to_string(least));
}

void read_networks(const toml::node& node, std::string_view key, std::vector<base::IpNetwork>& to) {
  std::vector<std::string> texts;
  read(node, key, texts);
  to.clear();
  for (const std::string& text : texts) {
    const auto network = base::IpNetwork::parse(text);
    if (!network) {
      expected(node, key, R"(addresses or networks (["10.0.0.0/8", "2001:db8::1"]))");
    }
    to.push_back(*network);
  }
}

void read_limits(const toml::node& node, ServerLimits& limits) {
  constexpr std::uint64_t kLeastMemory = std::uint64_t{1} << 20U;
  constexpr std::size_t kLeastReserve = 16;
  const toml::table* const table = node.as_table();
  if (table == nullptr) expected(node, "limits", "a table");
  const auto seconds = [](std::string_view key, std::uint32_t least, std::uint32_t& to) {
    return Reader{key, [=, &to](const toml::node& n) { read_seconds(n, key, least, to); }};
  };
  const auto bytes = [](std::string_view key, std::uint64_t least, std::uint64_t& to) {
    return Reader{key, [=, &to](const toml::node& n) { read_bytes(n, key, least, to); }};
  };
  const auto count = [](std::string_view key, std::size_t least, std::size_t& to) {
    return Reader{key, [=, &to](const toml::node& n) { read_count(n, key, least, to); }};
  };
  const Reader exempt{"exempt_clients", [&](const toml::node& n) {
                        read_networks(n, "exempt_clients", limits.exempt_clients);
                      }};
  read_table(
      *table, "limits",
      {seconds("keep_alive", 1, limits.keep_alive), seconds("head_timeout", 1, limits.head),
       seconds("body_timeout", 1, limits.body), bytes("body_rate", 0, limits.body_rate),
       seconds("write_timeout", 1, limits.write), bytes("write_rate", 0, limits.write_rate),
       seconds("half_closed_timeout", 0, limits.half_closed),
       seconds("shutdown_timeout", 1, limits.grace), seconds("linger", 0, limits.linger),
       bytes("discard", 0, limits.discard), bytes("pipelined", 0, limits.pipelined),
       bytes("memory", kLeastMemory, limits.memory), count("connections", 1, limits.connections),
       count("connections_per_client", 0, limits.connections_per_client), exempt,
       count("descriptor_reserve", kLeastReserve, limits.descriptor_reserve)});
  // The analyzer loses sight of what std::function owns in a list.
  // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks)
}

std::string line_of(std::string_view file, const toml::source_region& where) {
  return std::string(file) + ":" + std::to_string(where.begin.line) + ": ";
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, std::string_view file,
                                const PoolSettings& defaults) {
  Settings settings;
  settings.pools.push_back(defaults);
  try {
    const toml::table table = toml::parse(text, file);
    read_table(table, "",
               {{"server",
                 [&](const toml::node& node) {
                   const toml::table* const server = node.as_table();
                   if (server == nullptr) expected(node, "server", "a table");
                   const Reader probe{"probe", [&](const toml::node& value) {
                                        read(value, "probe", settings.probe);
                                        if (settings.probe.starts_with('/')) return;
                                        expected(value, "probe",
                                                 R"(a path that begins with "/" ("/api/health"))");
                                      }};
                   const Reader head{"max_header_size", [&](const toml::node& value) {
                                       read_head_size(value, settings.limits.head_size);
                                     }};
                   read_table(*server, "server", {plain("cgroup", settings.cgroup), probe, head});
                 }},
                {"limits", [&](const toml::node& node) { read_limits(node, settings.limits); }},
                {"native", [&](const toml::node& node) { read_native(node, settings.native); }},
                {"build", [&](const toml::node& node) { read_build(node, settings.build); }},
                {"pools", [&](const toml::node& node) { read_pools(node, defaults, settings); }}});
  } catch (const toml::parse_error& error) {
    return Error(ErrorCode::invalid,
                 line_of(file, error.source()) + std::string(error.description()));
  } catch (const Wrong& wrong) {
    return Error(ErrorCode::invalid, line_of(file, wrong.where) + wrong.what);
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

std::string_view to_string(Engine engine) {
  switch (engine) {
    case Engine::light:
      return "light";
    case Engine::next:
      return "next";
    case Engine::automatic:
      break;
  }
  return "auto";
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
