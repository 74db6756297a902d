#include "project/settings_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <utility>

#include "base/nearest.hpp"
#include "project/listen_address.hpp"
#include "project/origin.hpp"

namespace millrace::project {

using base::Error;
using base::ErrorCode;
using base::Result;
using std::chrono::milliseconds;

namespace {

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

/// A number and its unit; none where `text` is not of that form.
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

/// Milliseconds; a number without a unit is in seconds.
constexpr std::array<Unit, 5> kDurations = {
    {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Unit, 5> kSizes = {
    {{"", 1}, {"B", 1}, {"KB", 1ULL << 10U}, {"MB", 1ULL << 20U}, {"GB", 1ULL << 30U}}};
constexpr std::uint64_t kLargest = 1ULL << 52U;

/// A number, or a text of a number and one of the units. The unit "" is that of a plain number.
template <std::size_t N>
std::optional<std::uint64_t> scaled(const toml::node& node, const std::array<Unit, N>& units) {
  std::optional<Quantity> quantity;
  if (const auto integer = node.value_exact<std::int64_t>(); integer && *integer >= 0) {
    quantity = Quantity{.number = static_cast<std::uint64_t>(*integer), .unit = {}};
  } else if (const auto text = node.value_exact<std::string_view>()) {
    quantity = quantity_of(*text);
    if (quantity && quantity->unit.empty()) return std::nullopt;
  }
  if (!quantity) return std::nullopt;
  const auto* const unit = std::find_if(units.begin(), units.end(), [&](const Unit& candidate) {
    return candidate.first == quantity->unit;
  });
  if (unit == units.end() || quantity->number > kLargest / unit->second) return std::nullopt;
  return quantity->number * unit->second;
}

std::optional<std::uint64_t> count_of(const toml::node& node) {
  const auto integer = node.value_exact<std::int64_t>();
  if (!integer || *integer < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*integer);
}

bool is_coding(std::string_view name) {
  return name == "zstd" || name == "br" || name == "gzip" || name == "deflate";
}

bool in_range(std::uint64_t value, const SettingsKey& key) {
  return value >= key.least && value <= key.most;
}

}  // namespace

Result<void> SettingsReader::read(const toml::node& node, const SettingsKey& key,
                                  std::uint64_t& to) const {
  const auto number = key.type == KeyType::size ? scaled(node, kSizes) : count_of(node);
  if (!number || !in_range(*number, key)) return unexpected(node, key);
  to = *number;
  return {};
}

Result<void> SettingsReader::read(const toml::node& node, const SettingsKey& key,
                                  std::uint32_t& to) const {
  const auto duration = scaled(node, kDurations);
  const bool whole = duration && *duration % 1000 == 0;
  if (!whole || !in_range(*duration / 1000, key)) return unexpected(node, key);
  to = static_cast<std::uint32_t>(*duration / 1000);
  return {};
}

Result<void> SettingsReader::read(const toml::node& node, const SettingsKey& key,
                                  milliseconds& to) const {
  const auto duration = scaled(node, kDurations);
  if (!duration || !in_range(*duration, key)) return unexpected(node, key);
  to = milliseconds(*duration);
  return {};
}

Result<void> SettingsReader::read(const toml::node& node, const SettingsKey& key, bool& to) const {
  const auto value = node.value_exact<bool>();
  if (!value) return unexpected(node, key);
  to = *value;
  return {};
}

Result<void> SettingsReader::read(const toml::node& node, const SettingsKey& key,
                                  double& to) const {
  const auto value = node.is_number() ? node.value<double>() : std::nullopt;
  if (!value || !(*value >= 0 && *value <= 1)) return unexpected(node, key);
  to = *value;
  return {};
}

Result<void> SettingsReader::read(const toml::node& node, const SettingsKey& key,
                                  std::string& to) const {
  const auto text = node.value_exact<std::string>();
  const bool slashed = key.type == KeyType::path || key.type == KeyType::glob;
  if (!text || (slashed && !text->starts_with('/'))) return unexpected(node, key);
  if (key.type == KeyType::origin && !is_origin(*text)) return unexpected(node, key);
  // The values of a choice are what the key expects, in quotes.
  const bool chosen = text && key.expects.find('"' + *text + '"') != std::string_view::npos;
  if (key.type == KeyType::choice && !chosen) return unexpected(node, key);
  const bool is_url = text->starts_with("http://") || text->starts_with("https://");
  if (key.type == KeyType::url && !is_url) return unexpected(node, key);
  if (key.type == KeyType::address && !ListenAddress::parse(*text)) return unexpected(node, key);
  to = *text;
  return {};
}

Result<void> SettingsReader::read(const toml::node& node, const SettingsKey& key,
                                  std::vector<std::string>& to) const {
  if (key.type == KeyType::variables) return read_variables(node, key, to);
  const toml::array* const list = node.as_array();
  if (list == nullptr) return unexpected(node, key);
  const bool globs = key.type == KeyType::globs;
  const bool codings = key.type == KeyType::codings;
  if ((globs || codings) && list->empty()) return unexpected(node, key);
  std::vector<std::string> texts;
  for (const toml::node& item : *list) {
    const auto text = item.value_exact<std::string>();
    if (!text || (globs && !text->starts_with('/'))) return unexpected(item, key);
    if (key.type == KeyType::origins && !is_origin(*text)) return unexpected(item, key);
    const bool repeated = std::find(texts.begin(), texts.end(), *text) != texts.end();
    if (codings && (repeated || !is_coding(*text))) return unexpected(item, key);
    texts.push_back(*text);
  }
  to = std::move(texts);
  return {};
}

/// A table of names and texts, as "NAME=value".
Result<void> SettingsReader::read_variables(const toml::node& node, const SettingsKey& key,
                                            std::vector<std::string>& to) const {
  const toml::table* const table = node.as_table();
  if (table == nullptr) return unexpected(node, key);
  for (const auto& [name, value] : *table) {
    const auto text = value.value_exact<std::string_view>();
    if (!text) {
      return unexpected(value, std::string(key.name) + "." + std::string(name.str()), "a string");
    }
    to.push_back(std::string(name.str()).append("=").append(*text));
  }
  return {};
}

Result<void> SettingsReader::read(const toml::node& node, const SettingsKey& key,
                                  Engine& to) const {
  const auto text = node.value_exact<std::string_view>();
  for (const Engine engine : {Engine::automatic, Engine::light, Engine::next}) {
    if (!text || *text != to_string(engine)) continue;
    to = engine;
    return {};
  }
  return unexpected(node, key);
}

Result<void> SettingsReader::read(const toml::node& node, const SettingsKey& key,
                                  std::vector<base::IpNetwork>& to) const {
  const toml::array* const list = node.as_array();
  if (list == nullptr) return unexpected(node, key);
  std::vector<base::IpNetwork> networks;
  for (const toml::node& item : *list) {
    const auto text = item.value_exact<std::string_view>();
    const auto network = text ? base::IpNetwork::parse(*text) : std::nullopt;
    if (!network) return unexpected(item, key);
    networks.push_back(*network);
  }
  to = std::move(networks);
  return {};
}

Result<void> SettingsReader::check_names(const toml::table& table, std::string_view section,
                                         std::string_view name) const {
  std::vector<std::string> known;
  for (const SettingsKey& key : kSettingsKeys) {
    if (key.section == section) known.emplace_back(key.name);
  }
  for (const auto& entry : table) {
    const std::string_view key = entry.first.str();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return unknown(entry.second, name, key, known);
    }
  }
  return {};
}

Result<const toml::table*> SettingsReader::table(const toml::node& node,
                                                 std::string_view name) const {
  const toml::table* const table = node.as_table();
  if (table == nullptr) return unexpected(node, name, "a table");
  return table;
}

Error SettingsReader::error(const toml::node& node, std::string_view what) const {
  return {ErrorCode::invalid, std::string(file_) + ":" + std::to_string(node.source().begin.line) +
                                  ": " + std::string(what)};
}

Error SettingsReader::unexpected(const toml::node& node, const SettingsKey& key) const {
  return unexpected(node, key.name, key.expects);
}

Error SettingsReader::unexpected(const toml::node& node, std::string_view key,
                                 std::string_view expects) const {
  return error(node, std::string(key)
                         .append(": expected ")
                         .append(expects)
                         .append(", found ")
                         .append(found(node)));
}

Error SettingsReader::unknown(const toml::node& node, std::string_view section,
                              std::string_view key, const std::vector<std::string>& known) const {
  std::string what;
  if (!section.empty()) what.append("[").append(section).append("] ");
  what.append("unknown key `").append(key).append("`");
  const std::string meant = base::nearest(key, known);
  if (!meant.empty()) return error(node, what.append(" (did you mean `" + meant + "`?)"));
  what.append("; expected one of ");
  for (const std::string& name : known) {
    if (name != known.front()) what.append(", ");
    what.append(name);
  }
  return error(node, what);
}

}  // namespace millrace::project
