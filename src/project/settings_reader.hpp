// SettingsReader reads single values of millrace.toml into the types that their keys have
// (settings_keys.json), and words what is wrong with them: file, line, key, what was expected, what
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
  /// `file` begins each message; it must outlive the reader.
  explicit SettingsReader(std::string_view file) : file_(file) {}

  // Each reads `node` into `to` where it is what the key expects, its range included.
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::uint64_t& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::uint32_t& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::chrono::milliseconds& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        bool& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::string& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::vector<std::string>& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        Engine& to) const;
  [[nodiscard]] base::Result<void> read(const toml::node& node, const SettingsKey& key,
                                        std::vector<base::IpNetwork>& to) const;

  /// Reads the keys of `section` that `table` has; `visit_keys` calls what it is given with each key
  /// and the place of its value, as the functions of generated/settings_keys.hpp do. `name` is the
  /// section's as the file has it. An unknown key is an error.
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

  /// Returns `node` as a table; an error where it is none.
  [[nodiscard]] base::Result<const toml::table*> table(const toml::node& node,
                                                       std::string_view name) const;

  /// What is wrong at `node`.
  [[nodiscard]] base::Error error(const toml::node& node, std::string_view what) const;
  /// The same for a value that is not what its key expects.
  [[nodiscard]] base::Error unexpected(const toml::node& node, const SettingsKey& key) const;
  [[nodiscard]] base::Error unexpected(const toml::node& node, std::string_view key,
                                       std::string_view expects) const;
  /// An unknown key, with the nearest one of `known` or, where none is near, all of them. `section`
  /// is as the file has it, empty for the top.
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
