#include "workers/inspector.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace millrace::workers {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

/// Splits NODE_OPTIONS into words; double quotes keep blanks together.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t at = 0; at < text.size();) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    bool quoted = false;
    std::size_t end = at;
    for (; end < text.size() && (quoted || !is_blank(text[end])); ++end) {
      if (text[end] == '\\' && quoted) {
        ++end;
      } else if (text[end] == '"') {
        quoted = !quoted;
      }
    }
    end = std::min(end, text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

/// An option and its value: "--inspect=9230". Underscores are accepted for dashes.
struct Option {
  std::string name;
  std::string_view value;
};

Option option_of(std::string_view word) {
  const std::size_t equals = std::min(word.find('='), word.size());
  Option option{.name = std::string(word.substr(0, equals)), .value = {}};
  std::replace(option.name.begin(), option.name.end(), '_', '-');
  option.value = word.substr(std::min(equals + 1, word.size()));
  return option;
}

bool opens(const std::string& name) {
  return name == "--inspect" || name == "--inspect-brk" || name == "--inspect-wait";
}

bool only_says_where(const std::string& name) {
  return name == "--inspect-port" || name == "--debug-port";
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

}  // namespace

std::optional<InspectorAddress> parse_inspector_address(std::string_view text) {
  InspectorAddress address;
  if (text.empty()) return address;
  const std::size_t colon = text.rfind(':');
  const bool bracketed = text.ends_with(']');
  std::string_view host = text;
  if (colon != std::string_view::npos && !bracketed) {
    const auto port = port_of(text.substr(colon + 1));
    if (!port) return std::nullopt;
    address.port = *port;
    host = text.substr(0, colon);
  } else if (const auto port = port_of(text)) {
    address.port = *port;
    host = {};
  }
  address.host = host;
  return address;
}

base::Result<std::optional<InspectorAddress>> take_inspector(std::string& node_options) {
  std::optional<InspectorAddress> found;
  std::optional<InspectorAddress> where;
  std::string rest;
  for (const std::string_view word : words_of(node_options)) {
    const Option option = option_of(word);
    if (opens(option.name) || only_says_where(option.name)) {
      auto address = parse_inspector_address(option.value);
      if (!address) {
        return base::Error(base::ErrorCode::invalid, "NODE_OPTIONS: " + option.name +
                                                         ": expected [HOST:]PORT, found " +
                                                         std::string(option.value));
      }
      address->flag = option.name;
      (opens(option.name) ? found : where) = std::move(address);
      continue;
    }
    if (!rest.empty()) rest += ' ';
    rest += word;
  }
  if (!found) return std::optional<InspectorAddress>();
  node_options = rest;
  if (where) {
    found->port = where->port;
    if (found->host.empty()) found->host = where->host;
  }
  return found;
}

std::unique_ptr<Inspector::Lease> Inspector::take() {
  const auto free = std::find(taken_.begin(), taken_.end(), false);
  const auto place = static_cast<std::size_t>(free - taken_.begin());
  if (free == taken_.end()) taken_.push_back(false);
  taken_[place] = true;
  return std::make_unique<Lease>(shared_from_this(), place);
}

std::string Inspector::Lease::flag() const {
  const InspectorAddress& address = of_->address_;
  const std::size_t port = address.port == 0 ? 0 : (address.port + place_) % 65536;
  const std::string host = address.host.empty() ? "" : address.host + ":";
  return address.flag + "=" + host + std::to_string(port);
}

}  // namespace millrace::workers
