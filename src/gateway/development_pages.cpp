#include "gateway/development_pages.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include "base/ascii.hpp"
#include "base/ip_network.hpp"
#include "gateway/site.hpp"
#include "http/fields.hpp"
#include "routing/url_text.hpp"

namespace millrace::gateway {

namespace {

namespace json = boost::json;

constexpr std::string_view kBuildTarget = "/__millrace/build";
constexpr std::string_view kOpenTarget = "/__millrace/open";
/// How many routes are listed.
constexpr std::size_t kListedRoutes = 200;
/// Where the page takes its text and its data.
constexpr std::string_view kTextMark = "<!--text-->";
constexpr std::string_view kDataMark = "/*data*/null";

constexpr std::string_view kCommonFields =
    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n";
constexpr std::string_view kTextFields = "Content-Type: text/plain; charset=utf-8\r\n";
constexpr std::string_view kJsonFields = "Content-Type: application/json; charset=utf-8\r\n";
/// The page loads nothing and is shown in no frame; scripts of other origins cannot be added to it.
constexpr std::string_view kPageFields =
    "Content-Type: text/html; charset=utf-8\r\n"
    "Content-Security-Policy: default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "script-src "
    "'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "
    "'none'\r\n";

enum class Form : std::uint8_t { text, json, page };

Form form_for(std::string_view fields) {
  Form form = Form::text;
  for (const http::Field& field : http::FieldsView(fields)) {
    if (!base::equals_ignoring_case(field.name, "accept")) continue;
    std::string accepted(field.value);
    std::transform(accepted.begin(), accepted.end(), accepted.begin(), base::to_lower);
    if (accepted.find("text/html") != std::string::npos) return Form::page;
    if (accepted.find("application/json") != std::string::npos) form = Form::json;
  }
  return form;
}

std::string fields_of(std::string_view type, std::string_view others = {}) {
  return std::string(type).append(kCommonFields).append(others);
}

/// For the content of an element.
std::string escape_html(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    if (byte == '&') {
      escaped += "&amp;";
    } else if (byte == '<') {
      escaped += "&lt;";
    } else if (byte == '>') {
      escaped += "&gt;";
    } else {
      escaped += byte;
    }
  }
  return escaped;
}

/// JSON for the content of a script element, where it remains JSON.
std::string escape_script(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    if (byte == '<') {
      escaped += "\\u003c";
    } else {
      escaped += byte;
    }
  }
  return escaped;
}

void replace(std::string& text, std::string_view mark, std::string_view by) {
  if (const std::size_t at = text.find(mark); at != std::string::npos) {
    text.replace(at, mark.size(), by);
  }
}

std::string methods_of(const project::Route& route) {
  if (!route.methods) return {};
  std::string methods;
  for (const std::string& method : *route.methods) {
    methods.append(methods.empty() ? "" : ", ").append(method);
  }
  return methods;
}

bool is_listed(const project::Route& route) {
  return route.kind == project::RouterKind::pages || route.kind == project::RouterKind::app;
}

json::array list_routes(const Site& site) {
  const std::string& base_path = site.manifest.config.base_path;
  json::array routes;
  for (const project::Route& route : site.manifest.routes) {
    if (!is_listed(route) || routes.size() == kListedRoutes) continue;
    routes.push_back(
        {{"path", base_path + route.path}, {"methods", methods_of(route)}, {"file", route.file}});
  }
  return routes;
}

std::string list_as_text(const json::array& routes) {
  if (routes.empty()) {
    return "This project has no routes yet: create app/api/hello/route.ts or pages/api/hello.ts.\n";
  }
  std::string text = "The routes of this project:\n";
  for (const json::value& route : routes) {
    const auto part = [&](std::string_view name) {
      return std::string_view(route.at(name).as_string());
    };
    text.append("  ").append(part("path")).append("  (").append(part("file")).append(")\n");
  }
  return text;
}

std::string query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (pair.substr(0, equals) != name || equals == std::string_view::npos) continue;
    std::string value(pair.substr(equals + 1));
    std::replace(value.begin(), value.end(), '+', ' ');
    return base::percent_decoded(value);
  }
  return {};
}

std::uint32_t number_of(const std::string& text) {
  std::uint32_t number = 1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::max<std::uint32_t>(number, 1);
}

bool is_loopback(std::string_view text) {
  const auto address = base::IpAddress::parse(text);
  if (!address) return false;
  const auto contains = [&](std::string_view network) {
    return base::IpNetwork::parse(network)->contains(*address);
  };
  return contains("127.0.0.0/8") || contains("::1");
}

/// Whether a page of this server has made the request. Browsers send Origin with every POST.
bool is_same_origin(std::string_view fields) {
  const auto origin = http::find_field(fields, "origin");
  const auto host = http::find_field(fields, "host");
  return origin && host && *origin == "http://" + std::string(*host);
}

DevelopmentPages::Response text_response(std::uint16_t status, std::string text) {
  return {.status = status, .fields = fields_of(kTextFields), .body = std::move(text)};
}

}  // namespace

bool DevelopmentPages::owns(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  return path == kBuildTarget || path == kOpenTarget;
}

DevelopmentPages::Response DevelopmentPages::respond(const http::RequestHead& head,
                                                     const net::Peer& peer, bool building) const {
  const bool opens = head.target.starts_with(kOpenTarget);
  if (opens ? head.method != "POST" : head.method != "GET" && head.method != "HEAD") {
    return {.status = 405,
            .fields = fields_of(kTextFields, opens ? "Allow: POST\r\n" : "Allow: GET, HEAD\r\n"),
            .body = "Method Not Allowed\n"};
  }
  if (opens) return open(head, peer);
  const json::object state{
      {"building", building}, {"generation", generation_}, {"revision", revision_}};
  return {.fields = fields_of(kJsonFields), .body = json::serialize(state)};
}

DevelopmentPages::Response DevelopmentPages::open(const http::RequestHead& head,
                                                  const net::Peer& peer) const {
  if (!is_loopback(peer.address) || !is_same_origin(head.fields)) {
    return text_response(403,
                         "Forbidden: only a page of this server, on this machine, opens files in "
                         "an editor.\n");
  }
  const std::string_view query = routing::split_url(head.target).query;
  const auto opened = open_({.file = query_value(query, "file"),
                             .line = number_of(query_value(query, "line")),
                             .column = number_of(query_value(query, "column"))});
  if (!opened) return text_response(403, opened.error().message() + "\n");
  return {.status = 204, .fields = std::string(kCommonFields), .body = {}};
}

std::optional<DevelopmentPages::Response> DevelopmentPages::form_of(const OwnResponse& response,
                                                                    const http::RequestHead& head,
                                                                    const Site* site) const {
  const Form form = form_for(head.fields);
  const bool lists = response.status == 404 && site != nullptr && site->failure.empty();
  const std::string_view path = head.target.substr(0, head.target.find('?'));
  if (form == Form::text && !(lists && path == "/")) return std::nullopt;
  const json::array routes = lists ? list_routes(*site) : json::array();
  std::string text(response.text);
  if (lists && (form == Form::text || routes.empty())) text += list_as_text(routes);
  if (form == Form::text) {
    return Response{.status = response.status,
                    .fields = std::string(kTextFields).append(response.fields),
                    .body = std::move(text)};
  }
  const std::size_t line = text.find('\n');
  json::object data{
      {"status", response.status},
      {"title", text.substr(0, line)},
      {"text", line == std::string::npos ? "" : text.substr(line + 1)},
      {"generation", generation_},
      {"revision", revision_},
      {"request", {{"method", head.method}, {"url", head.target}, {"fields", json::array()}}}};
  if (!routes.empty()) data["routes"] = routes;
  const std::string serialised = json::serialize(data);
  if (form == Form::json) {
    return Response{
        .status = response.status,
        .fields =
            std::string(kJsonFields).append("Cache-Control: no-store\r\n").append(response.fields),
        .body = serialised + "\n"};
  }
  std::string page = page_;
  // The data comes first: once escaped, it cannot contain the other mark.
  replace(page, kDataMark, escape_script(serialised));
  replace(page, kTextMark, escape_html(text));
  return Response{.status = response.status,
                  .fields = fields_of(kPageFields, response.fields),
                  .body = std::move(page)};
}

}  // namespace millrace::gateway
