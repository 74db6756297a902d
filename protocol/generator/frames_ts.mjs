// frames.ts: numbers, kinds, who may send them, and the fixed parts of payloads, for TypeScript.
import { notice } from '../../scripts/generated.mjs'
import { camel, either, pascal, sizes } from './schema.mjs'

export function framesTs(schema) {
  return [
    `// ${notice('protocol/frames.json', 'node protocol/generate.mjs')}`,
    '',
    `export const protocolVersion = ${schema.protocol_version}`,
    '',
    ...constants(schema),
    ...enums(schema),
    ...kinds(schema),
    ...payloadSizes(schema),
    ...senders(schema),
    ...Object.entries(schema.structs).flatMap(([name, struct]) => [
      ...offsets(name, struct),
      ...(isFrom(schema, name, ['server']) ? reader(name, struct) : []),
      ...(isFrom(schema, name, ['node', 'builder']) ? writer(name, struct) : []),
    ]),
  ].join('\n')
}

/** Whether one of the roles sends it: no code is generated that nobody calls. */
function isFrom({ kinds: all }, name, roles) {
  return all.find((kind) => kind.name === name).from.some((role) => roles.includes(role))
}

function constants({ constants: all, flags }) {
  return [
    ...Object.entries(all).flatMap(([name, { value, doc }]) => [
      `/** ${doc} */`,
      `export const ${camel(name)} = ${value}`,
    ]),
    '',
    ...flags.flatMap(({ name, value, doc }) => [
      `/** ${doc} */`,
      `export const flag${pascal(name)} = ${value}`,
    ]),
    '',
  ]
}

function enums(schema) {
  return Object.entries(schema.enums).flatMap(([name, values]) => [
    `/** Values of ${name.replaceAll('_', ' ')}. */`,
    `export const ${pascal(name)} = {`,
    ...Object.entries(values).map(([key, value]) => `  ${camel(key)}: ${value},`),
    '} as const',
    '',
  ])
}

function kinds({ kinds: all }) {
  return [
    '/** Kinds of frame. */',
    'export const Kind = {',
    ...all.flatMap(({ name, value, from, doc }) => [
      `  /** From ${either(from)}. ${doc} */`,
      `  ${name}: ${value},`,
    ]),
    '} as const',
    '',
  ]
}

function payloadSizes({ kinds: all }) {
  const table = (name, doc, of, initial) => [
    `/** ${doc} */`,
    `export const ${name} = new Uint32Array(256)${initial}`,
    ...all.filter((kind) => of(kind) !== null).map((k) => `${name}[Kind.${k.name}] = ${of(k)}`),
    '',
  ]
  const bounded = (kind) => (kind.largest < 1 << 20 ? kind.largest : null)
  return [
    ...table(
      'smallestPayload',
      "The least bytes of a kind's payload, by number.",
      (kind) => kind.smallest || null,
      '',
    ),
    ...table(
      'largestPayload',
      "The most bytes of a kind's payload, by number.",
      bounded,
      '.fill(maxPayload)',
    ),
  ]
}

function senders({ kinds: all, roles }) {
  return [
    '/** The kinds that each role may send. */',
    'export interface SentBy {',
    ...Object.entries(roles).flatMap(([role, doc]) => {
      const own = all.filter(({ from }) => from.includes(role))
      return [
        `  /** ${doc} */`,
        `  ${role}:`,
        ...own.map(({ name }) => `    | typeof Kind.${name}`),
      ]
    }),
    '}',
    '',
  ]
}

function offsets(name, { fixed, size }) {
  return [
    `/** Offsets in the fixed part of the payload of \`${name}\`. */`,
    `export const ${pascal(name)}Head = {`,
    ...fixed.flatMap((member) => [
      `  /** ${member.type}. ${member.doc} */`,
      `  ${camel(member.name)}: ${member.offset},`,
    ]),
    '  /** Bytes of the fixed part. */',
    `  size: ${size},`,
    '} as const',
    '',
  ]
}

const byte = (at, shift) => (shift === 0 ? `bytes[${at}]!` : `(bytes[${at}]! << ${shift})`)
const place = (offset) => (offset === 0 ? 'at' : `at + ${offset}`)

/** The number of `size` bytes at `at + offset`, little-endian. */
function load(offset, size) {
  if (size > 4) throw new Error('frames.json: TypeScript has no numbers of 64 bits in structs')
  const bytes = Array.from({ length: size }, (_, i) => byte(place(offset + i), 8 * i))
  return size === 4 ? `(${bytes.join(' | ')}) >>> 0` : bytes.join(' | ')
}

function reader(name, { fixed, texts }) {
  return [
    `/** The fixed part of the payload of \`${name}\`. */`,
    `export interface ${pascal(name)}Fixed {`,
    ...fixed.flatMap((member) => [
      `  /** ${member.doc} */`,
      `  ${camel(member.name)}: ${member.type === 'bool' ? 'boolean' : 'number'}`,
    ]),
    '}',
    '',
    '/**',
    ` * Reads the fixed part of the payload of \`${name}\` at \`at\`; the caller knows that it is there.`,
    ' * @returns the bytes of all texts behind it.',
    ' */',
    `export function read${pascal(name)}(`,
    '  bytes: Uint8Array,',
    '  at: number,',
    `  to: Partial<${pascal(name)}Fixed>,`,
    '): number {',
    ...fixed.flatMap((member) => {
      const value = load(member.offset, sizes[member.type])
      return [`  to.${camel(member.name)} = ${member.type === 'bool' ? `${value} !== 0` : value}`]
    }),
    `  return ${texts.map((text) => `to.${camel(`${text}_length`)}`).join(' + ')}`,
    '}',
    '',
  ]
}

function writer(name, { fixed }) {
  const store = (member) => {
    const value = camel(member.name)
    if (member.type === 'bool') return [`  bytes[${place(member.offset)}] = ${value} ? 1 : 0`]
    return Array.from({ length: sizes[member.type] }, (_, i) => {
      const shifted = i === 0 ? value : `${value} >>> ${8 * i}`
      return `  bytes[${place(member.offset + i)}] = ${shifted}`
    })
  }
  return [
    `/** Writes the fixed part of the payload of \`${name}\` at \`at\`. */`,
    `export function write${pascal(name)}(`,
    '  bytes: Uint8Array,',
    '  at: number,',
    ...fixed.map((m) => `  ${camel(m.name)}: ${m.type === 'bool' ? 'boolean' : 'number'},`),
    '): void {',
    ...fixed.flatMap(store),
    '}',
    '',
  ]
}
