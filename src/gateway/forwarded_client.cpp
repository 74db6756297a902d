#include "gateway/forwarded_client.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/ascii.hpp"
#include "http/fields.hpp"
#include "http/host.hpp"

namespace millrace::gateway {

namespace {

/// Elements of a list, from the right, that are looked at: a chain of more proxies is none.
constexpr int kMostHops = 32;

constexpr std::string_view kPrefix = "x-forwarded-";

/// What a proxy says about its client.
struct Hop {
  std::string_view address;
  std::string_view proto;
  std::string_view host;
};

bool has_name(std::string_view name, std::string_view wanted) {
  return base::equals_ignoring_case(name, wanted);
}

/// Whether the field tells about the client, for a server that trusts its sender.
bool is_forwarding_field(std::string_view name) {
  return has_name(name, "forwarded") || has_name(name, "x-real-ip") ||
         has_name(name.substr(0, kPrefix.size()), kPrefix);
}

/// The fields that this server writes itself, with what it has found out.
bool is_rewritten(std::string_view name) {
  return has_name(name, "x-forwarded-for") || has_name(name, "x-forwarded-proto") ||
         has_name(name, "x-forwarded-host") || has_name(name, "x-forwarded-port") ||
         has_name(name, "forwarded") || has_name(name, "x-real-ip");
}

/// Returns the values of all field lines of that name as one list.
std::string joined(std::string_view fields, std::string_view name) {
  std::string list;
  for (const http::Field& field : http::FieldsView(fields)) {
    if (!has_name(field.name, name)) continue;
    if (!list.empty()) list += ',';
    list += field.value;
  }
  return list;
}

/// Removes the last element of a list without quoted strings, which X-Forwarded fields do not have,
/// and returns it: a quote that a client sends must not hide what a proxy appends to it.
std::string_view take_last_plain(std::string_view& list) {
  const std::size_t comma = list.rfind(',');
  const std::string_view last = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = list.substr(0, comma == std::string_view::npos ? 0 : comma);
  return base::trim(last);
}

/// Removes the last element of a list and returns it, without quotes being taken for its end.
/// nullopt where a quote does not end.
std::optional<std::string_view> take_last(std::string_view& list, char separator) {
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (quoted && list[i] == '\\') {
      ++i;
    } else if (list[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && list[i] == separator) {
      begin = i + 1;
    }
  }
  if (quoted) return std::nullopt;
  const std::string_view last = base::trim(list.substr(begin));
  list = list.substr(0, begin == 0 ? 0 : begin - 1);
  return last;
}

/// Returns a token, or the content of a quoted string without escapes; empty for anything else.
std::string_view unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return value;
  value = value.substr(1, value.size() - 2);
  return value.find('\\') == std::string_view::npos ? value : std::string_view();
}

/// Returns the address of "1.2.3.4", "1.2.3.4:80", "2001:db8::1" or "[2001:db8::1]:80"; empty where
/// it is none, as "unknown" and obfuscated names (RFC 7239 §6).
std::string_view address_of(std::string_view node) {
  if (node.starts_with('[')) {
    const std::size_t end = node.find(']');
    if (end == std::string_view::npos) return {};
    node = node.substr(1, end - 1);
  } else if (std::count(node.begin(), node.end(), ':') == 1) {
    node = node.substr(0, node.find(':'));
  }
  return base::IpAddress::parse(node) && node.find('%') == std::string_view::npos
             ? node
             : std::string_view();
}

/// Reads an element of Forwarded (RFC 7239 §4). nullopt where it is malformed.
std::optional<Hop> hop_of(std::string_view element) {
  Hop hop;
  bool has_for = false;
  bool has_proto = false;
  bool has_host = false;
  while (!element.empty()) {
    const auto pair = take_last(element, ';');
    if (!pair) return std::nullopt;
    const std::size_t equals = pair->find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = base::trim(pair->substr(0, equals));
    const std::string_view value = unquoted(base::trim(pair->substr(equals + 1)));
    // Each occurs once: of two, one may be what a client has slipped into the other's value.
    if (has_name(name, "for")) {
      if (std::exchange(has_for, true)) return std::nullopt;
      hop.address = address_of(value);
    } else if (has_name(name, "proto")) {
      if (std::exchange(has_proto, true)) return std::nullopt;
      hop.proto = value;
    } else if (has_name(name, "host")) {
      if (std::exchange(has_host, true)) return std::nullopt;
      hop.host = value;
    }
  }
  return hop;
}

/// Goes from proxy to proxy, from the right, and returns what the last trusted one says of its
/// client. `take` removes the last element of the list and reads it; nullopt where it is malformed,
/// as then nobody can tell what a proxy has written and what a client.
template <typename Take>
std::optional<Hop> walk(const ProxyTrust& trust, std::string_view list, Hop known,
                        const Take& take) {
  for (int i = 0; i < kMostHops && !list.empty(); ++i) {
    const std::optional<Hop> hop = take(list);
    if (!hop) return std::nullopt;
    const std::string_view before = known.address;
    known = *hop;
    if (hop->address.empty()) {
      // Nobody knows the client of this proxy, which is the last that is known.
      known.address = before;
      return known;
    }
    if (!trust.trusts(known.address)) return known;
  }
  return known;
}

std::optional<Hop> find_client(const ProxyTrust& trust, std::string_view list,
                               const net::Peer& peer) {
  const Hop proxy{.address = peer.address, .proto = {}, .host = {}};
  if (trust.fields == ProxyTrust::Fields::forwarded) {
    return walk(trust, list, proxy, [](std::string_view& rest) {
      const auto element = take_last(rest, ',');
      return element ? hop_of(*element) : std::nullopt;
    });
  }
  return walk(trust, list, proxy, [](std::string_view& rest) {
    return std::optional(
        Hop{.address = address_of(take_last_plain(rest)), .proto = {}, .host = {}});
  });
}

/// Returns the element that the nearest proxy has written.
std::string last_of(std::string_view fields, std::string_view name) {
  const std::string list = joined(fields, name);
  std::string_view rest = list;
  return std::string(take_last_plain(rest));
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port != 0;
}

std::string_view port_of(std::string_view fields, net::Scheme scheme) {
  const std::string_view authority = http::find_field(fields, "host").value_or("");
  const std::string_view rest = authority.substr(http::host_of(authority).size());
  if (rest.size() > 1) return rest.substr(1);
  return scheme == net::Scheme::https ? "443" : "80";
}

}  // namespace

bool ProxyTrust::trusts(std::string_view address) const {
  const auto parsed = base::IpAddress::parse(address);
  return parsed && std::any_of(networks.begin(), networks.end(),
                               [&](const auto& each) { return each.contains(*parsed); });
}

ForwardedClient::Verdict ForwardedClient::read(const ProxyTrust& trust,
                                               const http::RequestHead& head,
                                               const net::Peer& peer) {
  peer_ = peer;
  head_ = head;
  fields_.clear();
  const bool trusted = trust.trusts(peer.address);
  std::string proto;
  std::string host;
  std::string port;
  if (trusted) {
    const bool one_field = trust.fields == ProxyTrust::Fields::forwarded;
    const std::string list = joined(head.fields, one_field ? "forwarded" : "x-forwarded-for");
    const std::optional<Hop> client = find_client(trust, list, peer);
    if (!client) return Verdict::refused;
    proto = one_field ? std::string(client->proto) : last_of(head.fields, "x-forwarded-proto");
    host = one_field ? std::string(client->host) : last_of(head.fields, "x-forwarded-host");
    if (!one_field) port = last_of(head.fields, "x-forwarded-port");
    if (!proto.empty() && !has_name(proto, "https") && !has_name(proto, "http")) {
      return Verdict::refused;
    }
    if (!host.empty() && !http::is_valid_authority(host)) return Verdict::refused;
    if (!port.empty() && !is_port(port)) return Verdict::refused;
    if (client->address != peer.address) {
      peer_.address = client->address;
      // Proxies do not tell it.
      peer_.port = 0;
    }
    if (!proto.empty())
      peer_.scheme = has_name(proto, "https") ? net::Scheme::https : net::Scheme::http;
  }
  for (const http::Field& field : http::FieldsView(head.fields)) {
    if (trusted ? is_rewritten(field.name) : is_forwarding_field(field.name)) continue;
    if (!host.empty() && has_name(field.name, "host")) continue;
    http::append_field(fields_, field.name, field.value);
  }
  if (!host.empty()) http::append_field(fields_, "host", host);
  // What is left out, workers add from the connection and Host.
  if (trusted) http::append_field(fields_, "x-forwarded-for", peer_.address);
  if (!port.empty()) http::append_field(fields_, "x-forwarded-port", port);
  if (port.empty() && peer_.scheme) {
    // Not the port of this server, which the client has not seen.
    http::append_field(fields_, "x-forwarded-port", port_of(fields_, *peer_.scheme));
  }
  head_.fields = fields_;
  return Verdict::known;
}

}  // namespace millrace::gateway
