// payloads.hpp: payloads of several parts, read and written, for C++.
import { notice } from '../../scripts/generated.mjs'
import { pascal } from './schema.mjs'

const types = {
  bool: 'bool',
  u8: 'std::uint8_t',
  u16: 'std::uint16_t',
  u32: 'std::uint32_t',
  u64: 'std::uint64_t',
  text: 'std::string_view',
  rest: 'std::string_view',
}

export function payloadsHpp({ structs, flags }) {
  return [
    `// ${notice('protocol/frames.json', 'node protocol/generate.mjs')}`,
    '#pragma once',
    '',
    '#include <cstddef>',
    '#include <cstdint>',
    '#include <optional>',
    '#include <string_view>',
    '',
    '#include "base/little_endian.hpp"',
    '#include "protocol/generated/frames.hpp"',
    '',
    'namespace millrace::protocol {',
    '',
    ...Object.entries(structs).flatMap(([name, struct]) => [
      ...view(name, struct, flags),
      ...decoder(name, struct),
      ...size(name, struct),
      ...encoder(name, struct),
    ]),
    '}  // namespace millrace::protocol',
    '',
  ].join('\n')
}

const viewName = (name) => `${pascal(name)}View`
const constant = (name, member) => `${name}_head::k${pascal(member)}`

function initial({ type, default: value = 0 }) {
  if (type === 'text' || type === 'rest') return ''
  return type === 'bool' ? ' = false' : ` = ${value}`
}

/** The members as a view has them: texts in their order on the link, where the first one stands. */
function inOrder({ members, texts }) {
  const named = new Map(members.map((member) => [member.name, member]))
  const first = members.findIndex(({ type }) => type === 'text')
  const others = members.filter(({ name }) => !texts.includes(name))
  return [
    ...others.slice(0, first),
    ...texts.map((text) => named.get(text)),
    ...others.slice(first),
  ]
}

function view(name, struct, flags) {
  const own = flags.filter(({ on }) => on?.length === 1 && on[0] === name)
  return [
    `/// ${struct.doc} Texts point into the bytes they were read from.`,
    `struct ${viewName(name)} {`,
    ...inOrder(struct).flatMap((member) => [
      `  /// ${member.doc}`,
      `  ${types[member.type]} ${member.name}${initial(member)};`,
    ]),
    ...own.flatMap((flag) => [
      `  /// The frame's flag, not part of its payload. ${flag.doc}`,
      `  bool ${flag.name} = false;`,
    ]),
    '};',
    '',
  ]
}

function decoder(name, { members, texts, fixed, rest }) {
  const ranged = members.filter(({ min, max }) => min !== undefined || max !== undefined)
  const lengths = texts.map((text) => `${text}_length`)
  const load = ({ name: member, type }) => {
    const at = `payload.data() + ${constant(name, member)}`
    if (type === 'bool') return `payload[${constant(name, member)}] != 0`
    if (type === 'u8') return `static_cast<std::uint8_t>(payload[${constant(name, member)}])`
    return `base::load_le<${types[type]}>(${at})`
  }
  const isLength = ({ name: member }) => lengths.includes(member)
  const compare = rest === null ? '!=' : '>'
  return [
    `/// Nothing where the lengths do not add up${ranged.map(({ name: member, min, max }) => ` or \`${member}\` is not within ${min} to ${max}`).join('')}.`,
    `[[nodiscard]] inline std::optional<${viewName(name)}> decode_${name}(std::string_view payload) {`,
    `  if (payload.size() < ${name}_head::kSize) return std::nullopt;`,
    ...fixed.filter(isLength).map((m) => `  const std::size_t ${m.name} = ${load(m)};`),
    `  std::string_view text = payload.substr(${name}_head::kSize);`,
    `  if (${lengths.join(' + ')} ${compare} text.size()) return std::nullopt;`,
    '  const auto take = [&text](std::size_t length) {',
    '    const std::string_view part = text.substr(0, length);',
    '    text.remove_prefix(length);',
    '    return part;',
    '  };',
    `  ${viewName(name)} view;`,
    ...fixed.filter((m) => !isLength(m)).map((m) => `  view.${m.name} = ${load(m)};`),
    ...ranged.map(
      (m) => `  if (view.${m.name} < ${m.min} || view.${m.name} > ${m.max}) return std::nullopt;`,
    ),
    ...texts.map((text) => `  view.${text} = take(${text}_length);`),
    ...(rest === null ? [] : [`  view.${rest} = text;`]),
    '  return view;',
    '}',
    '',
  ]
}

function size(name, { texts, rest }) {
  const parts = rest === null ? texts : [...texts, rest]
  return [
    '/// Bytes that encode() writes.',
    `[[nodiscard]] inline std::size_t encoded_size(const ${viewName(name)}& view) {`,
    `  return ${[`${name}_head::kSize`, ...parts.map((part) => `view.${part}.size()`)].join(' + ')};`,
    '}',
    '',
  ]
}

function encoder(name, { texts, fixed, rest }) {
  const parts = rest === null ? texts : [...texts, rest]
  const lengths = new Map(texts.map((text) => [`${text}_length`, text]))
  const store = ({ name: member, type }) => {
    const value = lengths.has(member) ? `view.${lengths.get(member)}.size()` : `view.${member}`
    if (type === 'bool' || type === 'u8') {
      return `  to[${constant(name, member)}] = static_cast<char>(${value});`
    }
    return `  base::store_le(to + ${constant(name, member)}, static_cast<${types[type]}>(${value}));`
  }
  return [
    `/// Writes encoded_size() bytes at \`to\`.`,
    `inline void encode(const ${viewName(name)}& view, char* to) {`,
    ...fixed.map(store),
    `  char* text = to + ${name}_head::kSize;`,
    `  for (const std::string_view part : {${parts.map((part) => `view.${part}`).join(', ')}}) {`,
    '    text += part.copy(text, part.size());',
    '  }',
    '}',
    '',
  ]
}
