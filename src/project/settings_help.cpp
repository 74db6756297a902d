#include "project/settings_help.hpp"

#include <cstddef>
#include <vector>

#include "base/nearest.hpp"
#include "project/generated/settings_keys.hpp"

namespace millrace::project {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kColumns = 80;

/// Wraps the text to lines of 80 columns, each indented by `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string lines;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    if (column > 0 && column + 1 + word.size() > kColumns) {
      lines += '\n';
      column = 0;
    }
    if (column == 0) {
      lines.append(indent, ' ');
      column = indent;
    } else {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
    text.remove_prefix(word.size());
    text.remove_prefix(text.empty() ? 0 : 1);
  }
  return lines + '\n';
}

std::string listed(const SettingsKey& key) {
  std::string text = "  ";
  text.append(key.name).append(" (default: ").append(key.shown).append(")\n");
  return text + wrapped(key.help, 6);
}

std::string listed(const SettingsSection& section) {
  std::string text = "[";
  text.append(section.name).append("]  ").append(section.title).append("\n\n");
  for (const SettingsKey& key : kSettingsKeys) {
    if (key.section == section.name) text += listed(key);
  }
  return text;
}

std::string described(const SettingsKey& key) {
  std::string text = "[";
  text.append(key.section).append("] ").append(key.name).append("\n");
  text.append("  Value:    ").append(key.expects).append("\n");
  text.append("  Default:  ").append(key.shown).append("\n\n");
  return text + wrapped(key.help, 2);
}

std::string full_name(const SettingsKey& key) {
  return std::string(key.section) + "." + std::string(key.name);
}

/// Converts "pools.reports.queue" and "pools.queue" to "pools.NAME.queue", except for keys of
/// `[pools]` itself.
std::string of_any_pool(std::string_view asked) {
  constexpr std::string_view kPools = "pools.";
  std::string name(asked);
  if (!asked.starts_with(kPools)) return name;
  for (const SettingsKey& key : kSettingsKeys) {
    if (full_name(key) == name) return name;
  }
  const std::size_t end = asked.find('.', kPools.size());
  if (end == std::string_view::npos) return name.insert(kPools.size(), "NAME.");
  return name.replace(kPools.size(), end - kPools.size(), "NAME");
}

/// `name`: the name asked for, with NAME for the pool.
Error unknown(std::string_view asked, std::string_view name, bool full) {
  std::vector<std::string> names;
  names.reserve(kSettingsKeys.size() + kSettingsSections.size());
  for (const SettingsKey& key : kSettingsKeys) {
    names.push_back(full ? full_name(key) : std::string(key.name));
  }
  for (const SettingsSection& section : kSettingsSections) names.emplace_back(section.name);
  const std::string meant = base::nearest(name, names);
  std::string text = "millrace.toml: unknown key `" + std::string(asked) + "`";
  if (!meant.empty()) text += " (did you mean `" + meant + "`?)";
  return {ErrorCode::not_found, text + "; `millrace help config` lists all keys"};
}

}  // namespace

std::string settings_help() {
  std::string text =
      "The keys of millrace.toml, a file in the project's folder.\n"
      "`millrace help config KEY` prints the values that a key takes.\n";
  for (const SettingsSection& section : kSettingsSections)
    text.append("\n").append(listed(section));
  return text;
}

Result<std::string> settings_help(std::string_view asked) {
  for (const SettingsSection& section : kSettingsSections) {
    if (section.name == asked) return listed(section);
  }
  const bool full = asked.find('.') != std::string_view::npos;
  const std::string name = of_any_pool(asked);
  std::string text;
  for (const SettingsKey& key : kSettingsKeys) {
    if ((full ? full_name(key) : std::string(key.name)) != name) continue;
    if (!text.empty()) text += '\n';
    text += described(key);
  }
  if (text.empty()) return unknown(asked, name, full);
  return text;
}

}  // namespace millrace::project
