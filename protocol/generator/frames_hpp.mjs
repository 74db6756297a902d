// frames.hpp: numbers, kinds and who may send them, for C++.
import { notice } from '../../scripts/generated.mjs'
import { either, pascal } from './schema.mjs'

export function framesHpp(schema) {
  return [
    `// ${notice('protocol/frames.json', 'node protocol/generate.mjs')}`,
    '#pragma once',
    '',
    '#include <array>',
    '#include <cstddef>',
    '#include <cstdint>',
    '#include <string_view>',
    '',
    'namespace millrace::protocol {',
    '',
    `inline constexpr std::uint32_t kProtocolVersion = ${schema.protocol_version};`,
    '',
    ...constants(schema),
    ...enums(schema),
    ...kinds(schema),
    ...roles(schema),
    ...heads(schema),
    '}  // namespace millrace::protocol',
    '',
  ].join('\n')
}

function constants({ constants: all, flags }) {
  return [
    ...Object.entries(all).flatMap(([name, { value, doc }]) => [
      `/// ${doc}`,
      `inline constexpr std::size_t k${pascal(name)} = ${value};`,
    ]),
    '',
    ...flags.flatMap(({ name, value, doc }) => [
      `/// ${doc}`,
      `inline constexpr std::uint8_t kFlag${pascal(name)} = ${value};`,
    ]),
    '',
  ]
}

function enums(schema) {
  return Object.entries(schema.enums).flatMap(([name, values]) => [
    `enum class ${pascal(name)} : std::uint8_t {`,
    ...Object.entries(values).map(([key, value]) => `  ${key} = ${value},`),
    '};',
    '',
  ])
}

function kinds({ kinds: all, roles: roleNames }) {
  const last = Math.max(...all.map(({ value }) => value))
  const roleBit = (role) => 1 << Object.keys(roleNames).indexOf(role)
  const rows = Array.from({ length: last + 1 }, (_, value) => {
    const kind = all.find((candidate) => candidate.value === value)
    if (!kind) return '    KindInfo{},'
    const flags = kind.allowed.reduce((sum, flag) => sum | flag.value, 0)
    const from = kind.from.reduce((sum, role) => sum | roleBit(role), 0)
    return `    KindInfo{"${kind.name}", ${kind.smallest}, ${kind.largest}, ${flags}, ${from}},`
  })
  return [
    'enum class Kind : std::uint8_t {',
    ...all.flatMap(({ name, value, from, doc }) => [
      `  /// From ${either(from)}. ${doc}`,
      `  ${name} = ${value},`,
    ]),
    '};',
    '',
    'struct KindInfo {',
    '  /// Empty for a number that no kind has.',
    '  std::string_view name;',
    '  /// Bytes of its payload.',
    '  std::uint32_t smallest = 0;',
    '  std::uint32_t largest = 0;',
    '  /// The flags that it may have.',
    '  std::uint8_t flags = 0;',
    '  /// Who may send it: a bit for each Role.',
    '  std::uint8_t from = 0;',
    '};',
    '',
    '/// By number.',
    `inline constexpr std::array<KindInfo, ${last + 1}> kKinds = {`,
    ...rows,
    '};',
    '',
    '/// Null for a number that no kind has.',
    'constexpr const KindInfo* find_kind(std::uint8_t number) {',
    '  if (number >= kKinds.size() || kKinds[number].name.empty()) return nullptr;',
    '  return &kKinds[number];',
    '}',
    '',
  ]
}

function roles({ roles: all }) {
  const names = Object.keys(all)
  if (names.length > 8) throw new Error('frames.json: more roles than KindInfo::from has bits')
  return [
    '/// Who speaks the link.',
    'enum class Role : std::uint8_t {',
    ...names.flatMap((name) => [`  /// ${all[name]}`, `  ${name},`]),
    '};',
    '',
    '/// What a role calls itself in hello.',
    'constexpr std::string_view role_name(Role role) {',
    `  constexpr std::array<std::string_view, ${names.length}> kNames = {${names.map((name) => `"${name}"`).join(', ')}};`,
    '  return kNames[static_cast<std::size_t>(role)];',
    '}',
    '',
    '/// Whether the role may send frames of that kind.',
    'constexpr bool may_send(Role role, Kind kind) {',
    '  const KindInfo* const info = find_kind(static_cast<std::uint8_t>(kind));',
    '  return info != nullptr && (info->from >> static_cast<unsigned>(role) & 1U) != 0;',
    '}',
    '',
  ]
}

function heads({ structs }) {
  return Object.entries(structs).flatMap(([name, { fixed, size }]) => [
    `/// Offsets in the fixed part of the payload of \`${name}\`.`,
    `namespace ${name}_head {`,
    ...fixed.flatMap((member) => [
      `/// ${member.type}. ${member.doc}`,
      `inline constexpr std::size_t k${pascal(member.name)} = ${member.offset};`,
    ]),
    '/// Bytes of the fixed part.',
    `inline constexpr std::size_t kSize = ${size};`,
    `}  // namespace ${name}_head`,
    '',
  ])
}
