// SettingsReader reads single values of millrace.toml into the types of their keys
// (settings_keys.json). Its errors state the file, the line, the key, what was expected and what
// was found.
#pragma once

#include <toml++/toml.h>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_network.hpp"
#include "base/result.hpp"
#include "project/engine.hpp"
#include "project/generated/settings_keys.hpp"

namespace millrace::project {

class SettingsReader {
 public:
  /// `file` is the first part of each message; it must outlive the reader.
  explicit SettingsReader(std::string_view file) : file_(file) {}

  // Each reads `node` into `to`. Errors where the value has another type than the key or is out of
  // its range.
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::uint64_t& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::uint32_t& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::chrono::milliseconds& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        bool& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        double& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::string& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::vector<std::string>& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        Engine& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::vector<base::IpNetwork>& to) const;

  /// Reads the keys of `section` that `table` has. `visit_keys` calls its argument with each key
  /// and a reference to its value, like the functions of generated/settings_keys.hpp. `name` is the
  /// section's name in the file. An unknown key is an error.
  template <typename VisitKeys>
  [[nodiscard]] base::Result<void> read_keys(const toml::table& table, std::string_view section,
                                             std::string_view name,
                                             const VisitKeys& visit_keys) const {
    if (auto known = check_names(table, section, name); !known) return known;
    base::Result<void> status;
    visit_keys([&](const SettingsKey& key, auto& to) {
      const toml::node* const node = table.get(key.name);
      if (status && node != nullptr) status = read(*node, key, to);
    });
    return status;
  }

  /// Returns `node` as a table, or an error where it is not one.
  [[nodiscard]] base::Result<const toml::table*> table(const toml::node& node,
                                                       std::string_view name) const;

  /// The error `what` at the line of `node`.
  [[nodiscard]] base::Error error(const toml::node& node, std::string_view what) const;
  /// The error for a value that is not what its key expects.
  [[nodiscard]] base::Error unexpected(const toml::node& node, const SettingsKey& key) const;
  [[nodiscard]] base::Error unexpected(const toml::node& node, std::string_view key,
                                       std::string_view expects) const;
  /// The error for an unknown key, with the nearest one of `known` or, where none is near, all of
  /// them. `section` is the name in the file, empty for the top.
  [[nodiscard]] base::Error unknown(const toml::node& node, std::string_view section,
                                    std::string_view key,
                                    const std::vector<std::string>& known) const;

 private:
  [[nodiscard]] base::Result<void> check_names(const toml::table& table, std::string_view section,
                                               std::string_view name) const;
  [[nodiscard]] base::Result<void> read_variables(const toml::node& node, const SettingsKey& key,
                                                  std::vector<std::string>& to) const;

  std::string_view file_;
};

}  // namespace millrace::project
