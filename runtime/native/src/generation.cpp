#include "generation.hpp"

#include <charconv>
#include <exception>
#include <fstream>
#include <iterator>
#include <system_error>

#include "millrace/env.hpp"

namespace millrace::native {

namespace fs = std::filesystem;

namespace {

SegmentKind kind_of(project::ParameterKind kind) {
  switch (kind) {
    case project::ParameterKind::single:
      return SegmentKind::single;
    case project::ParameterKind::catch_all:
      return SegmentKind::catch_all;
    case project::ParameterKind::optional_catch_all:
      return SegmentKind::optional_catch_all;
  }
  return SegmentKind::single;
}

std::unique_ptr<NativeRoute> route_of(const project::Route& route, const fs::path& folder) {
  if (!route.is_native()) return nullptr;
  std::vector<Segment> segments;
  for (const project::Parameter& parameter : route.parameters) {
    segments.push_back({.name = parameter.name, .kind = kind_of(parameter.kind)});
  }
  const RouteKind kind = route.kind == project::RouterKind::app ? RouteKind::app : RouteKind::pages;
  return std::make_unique<NativeRoute>(kind, route.path, route.file, folder / route.module,
                                       std::move(segments));
}

std::unique_ptr<NativeRoute> middleware_of(const std::optional<project::Middleware>& middleware,
                                           const fs::path& folder) {
  if (!middleware || !project::is_native_file(middleware->file)) return nullptr;
  return std::make_unique<NativeRoute>(RouteKind::middleware, middleware->file, middleware->file,
                                       folder / middleware->module, std::vector<Segment>());
}

/// The server passes its port to each worker as PORT.
std::uint16_t server_port_of_environment() {
  const std::string text = env("PORT", "");
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failed == std::errc() && end == text.data() + text.size() ? port : std::uint16_t{0};
}

}  // namespace

base::Result<std::shared_ptr<Generation>> Generation::read(std::uint32_t number,
                                                           const fs::path& manifest) {
  const auto read = project::read_manifest(manifest);
  if (!read) return read.error();
  auto generation = std::make_shared<Generation>();
  generation->number_ = number;
  generation->development_ = read->mode == project::Mode::development;
  generation->base_path_ = read->config.base_path;
  generation->server_port_ = server_port_of_environment();
  const fs::path folder = manifest.parent_path();
  for (const project::Route& route : read->routes) {
    generation->routes_.push_back(route_of(route, folder));
  }
  // Its index is its number, middleware_number().
  generation->routes_.push_back(middleware_of(read->middleware, folder));
  return generation;
}

std::string Generation::load_all(const std::optional<std::vector<std::uint32_t>>& numbers) const {
  std::string problems;
  const auto load = [&problems](NativeRoute* route) {
    if (route == nullptr || route->code()) return;
    if (!problems.empty()) problems += '\n';
    problems += route->path() + " (" + route->file() + "): " + route->code().error().message();
  };
  if (numbers) {
    for (const std::uint32_t number : *numbers) load(route(number));
  } else {
    for (const auto& route : routes_) load(route.get());
  }
  return problems;
}

const base::Result<RouteObject>& NativeRoute::code() {
  std::call_once(loaded_, [this] {
    // The route's own code: an exception must not end a worker that also has other routes.
    try {
      code_.emplace(load());
    } catch (const std::exception& thrown) {
      code_.emplace(base::Error(base::ErrorCode::broken,
                                std::string("threw while it was loaded: ") + thrown.what()));
    } catch (...) {
      code_.emplace(base::Error(base::ErrorCode::broken,
                                "threw a value that is not a std::exception while it was loaded"));
    }
  });
  return *code_;
}

base::Result<RouteObject> NativeRoute::load() {
  if (is_compiled()) {
    auto opened = RouteObject::open(module_);
    if (opened) options_ = opened->options();
    return opened;
  }
  std::ifstream file(module_, std::ios::binary);
  return base::Error(base::ErrorCode::broken,
                     std::string(std::istreambuf_iterator<char>(file), {}));
}

const detail::MethodEntry* NativeRoute::handler(std::string_view method) const {
  const RouteObject& object = **code_;
  switch (kind_) {
    case RouteKind::app:
      return object.handler(method);
    case RouteKind::pages:
      return object.handler("handler");
    case RouteKind::middleware:
      return object.handler("proxy");
  }
  return nullptr;
}

}  // namespace millrace::native
