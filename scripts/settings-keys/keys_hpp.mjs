// Generates settings_keys.hpp: the keys of millrace.toml for the reader and `millrace help config`.
import { notice } from '../generated.mjs'
import { command, source, types } from './table.mjs'

export function keysHpp(table) {
  return [
    `// ${notice(source, command)}`,
    '#pragma once',
    '',
    '#include <array>',
    '#include <cstdint>',
    '#include <cstdlib>',
    '#include <string_view>',
    '',
    'namespace millrace::project {',
    '',
    '/// How a key of millrace.toml is read.',
    'enum class KeyType : std::uint8_t {',
    ...Object.keys(types).map((type) => `  ${cppName(type)},`),
    '};',
    '',
    '/// A key of millrace.toml.',
    'struct SettingsKey {',
    '  /// The table that contains it; "pools.NAME" for every pool.',
    '  std::string_view section;',
    '  std::string_view name;',
    '  KeyType type;',
    '  /// The range of counts, bytes, milliseconds or seconds.',
    '  std::uint64_t least;',
    '  std::uint64_t most;',
    '  /// What the reader expects, for messages.',
    '  std::string_view expects;',
    '  /// The default in the syntax of millrace.toml, or in words.',
    '  std::string_view shown;',
    '  /// One or two sentences.',
    '  std::string_view help;',
    '};',
    '',
    '/// A table of millrace.toml.',
    'struct SettingsSection {',
    '  std::string_view name;',
    '  std::string_view title;',
    '};',
    '',
    `inline constexpr std::array<SettingsSection, ${table.sections.length}> kSettingsSections = {`,
    ...table.sections.map(({ name, title }) => `    SettingsSection{"${name}", "${title}"},`),
    '};',
    '',
    '/// All keys, by section.',
    `inline constexpr std::array<SettingsKey, ${table.keys.length}> kSettingsKeys = {`,
    ...table.keys.map(row),
    '};',
    '',
    '/// Returns the key, which must exist.',
    'constexpr const SettingsKey& settings_key(std::string_view section, std::string_view name) {',
    '  for (const SettingsKey& key : kSettingsKeys) {',
    '    if (key.section == section && key.name == name) return key;',
    '  }',
    '  std::abort();',
    '}',
    '',
    ...table.sections.flatMap(visitor),
    '}  // namespace millrace::project',
    '',
  ].join('\n')
}

/** `bool` is a keyword of C++. */
const cppName = (type) => (type === 'bool' ? 'boolean' : type)
const words = (section) => section.replace('pools.NAME', 'pool').replace(/\./g, '_')

function row({ section, name, type, least, most, expects, shown, help }) {
  const texts = [expects, shown, help].map((text) => JSON.stringify(text)).join(', ')
  return `    SettingsKey{"${section}", "${name}", KeyType::${cppName(type)}, ${least}, ${most}, ${texts}},`
}

function visitor(section) {
  return [
    `/// Calls \`visit\` with each key of [${section.name}] and its value's member of \`to\`, except for those`,
    '/// that are read by code of their own.',
    'template <typename Target, typename Visit>',
    `void visit_${words(section.name)}_keys(Target& to, const Visit& visit) {`,
    ...section.keys
      .filter(({ struct, read }) => struct !== null && read === undefined)
      .map((key) => {
        const path = key.in === undefined ? key.member : `${key.in}.${key.member}`
        return `  visit(settings_key("${section.name}", "${key.name}"), to.${path});`
      }),
    '}',
    '',
  ]
}
