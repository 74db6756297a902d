// Generates settings_structs.hpp: the structs that millrace.toml's keys are read into, with their
// defaults.
import { notice } from '../generated.mjs'
import { command, source, types } from './table.mjs'

export function structsHpp(table) {
  return [
    `// ${notice(source, command)}`,
    '#pragma once',
    '',
    '#include <chrono>',
    '#include <cstddef>',
    '#include <cstdint>',
    '#include <string>',
    '#include <vector>',
    '',
    '#include "base/ip_network.hpp"',
    '#include "project/engine.hpp"',
    '',
    'namespace millrace::project {',
    '',
    ...Object.entries(table.structs).flatMap(([name, doc]) => struct(name, doc, table)),
    '}  // namespace millrace::project',
    '',
  ].join('\n')
}

function struct(name, doc, { keys }) {
  return [
    `/// ${doc}`,
    `struct ${name} {`,
    ...keys
      .filter((key) => key.struct === name)
      .flatMap((key) => [
        `  /// \`[${key.section}] ${key.name}\`: ${key.help}`,
        `  ${types[key.type].cpp} ${key.member}${initial(key)};`,
      ]),
    '};',
    '',
  ]
}

/** Returns the default as an initialiser. */
function initial({ type, default: value }) {
  const { number } = types[type]
  if (type === 'duration') return `{${number(value)}}`
  if (number) return ` = ${number(value)}`
  if (type === 'ratio') return ` = ${value}`
  if (type === 'bool') return ` = ${value}`
  if (type === 'engine') return ` = Engine::${value === 'auto' ? 'automatic' : value}`
  if (type === 'networks') {
    return ` = {${value.map((text) => `*base::IpNetwork::parse("${text}")`).join(', ')}}`
  }
  if (value.length === 0) return ''
  return Array.isArray(value)
    ? ` = {${value.map((text) => JSON.stringify(text)).join(', ')}}`
    : ` = ${JSON.stringify(value)}`
}
