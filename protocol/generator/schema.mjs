// frames.json as the generators want it: checked, with the size of each payload and the layout of
// each struct.
import { readFileSync } from 'node:fs'

/** Bytes of each type. */
export const sizes = { bool: 1, u8: 1, u16: 2, u32: 4, u64: 8 }

export const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())
export const pascal = (name) => camel(`_${name}`)
/** Words of a list, as in a sentence. */
export const either = (words) =>
  words.length < 2 ? (words[0] ?? 'nobody') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`

/** @throws {Error} where frames.json contradicts itself. */
export function readSchema() {
  const schema = JSON.parse(readFileSync(new URL('../frames.json', import.meta.url), 'utf8'))
  const roles = Object.keys(schema.roles)
  const names = schema.kinds.map(({ name }) => name)
  const values = schema.kinds.map(({ value }) => value)
  if (new Set(names).size < names.length || new Set(values).size < values.length) {
    throw new Error('frames.json: two kinds have the same name or value')
  }
  const structs = Object.fromEntries(
    Object.entries(schema.structs).map(([name, struct]) => [name, layout(struct)]),
  )
  const flags = Object.entries(schema.flags).map(([name, flag]) => ({ name, ...flag }))
  const kinds = schema.kinds.map((kind) => {
    const unknown = kind.from.find((role) => !roles.includes(role))
    if (unknown) throw new Error(`frames.json: ${kind.name} is from ${unknown}, which is no role`)
    const allowed = flags.filter(({ on }) => on === undefined || on.includes(kind.name))
    return { ...kind, ...payloadSize(kind, structs, schema), allowed }
  })
  for (const { name, on } of flags) {
    const unknown = on?.find((kind) => !names.includes(kind))
    if (unknown) throw new Error(`frames.json: flag ${name} is on ${unknown}, which is no kind`)
  }
  return { ...schema, kinds, structs, flags }
}

/** The least and the most bytes of a kind's payload. */
function payloadSize({ name, payload }, structs, schema) {
  const most = schema.constants.max_payload.value
  if (payload === 'empty') return { smallest: 0, largest: 0 }
  if (payload === 'json' || payload === 'bytes') return { smallest: 0, largest: most }
  if (payload === 'u8 text') return { smallest: 1, largest: most }
  if (payload in sizes) return { smallest: sizes[payload], largest: sizes[payload] }
  if (payload in structs) return { smallest: structs[payload].size, largest: most }
  throw new Error(`frames.json: ${name} has a payload ${payload}, which is neither type nor struct`)
}

/** The fixed part's numbers, packed in the order written; a text has its length there. */
function layout(struct) {
  let offset = 0
  const fixed = []
  for (const member of struct.members) {
    if (member.type === 'rest') continue
    const text = member.type === 'text'
    const name = text ? `${member.name}_length` : member.name
    const type = text ? member.length : member.type
    fixed.push({
      ...member,
      name,
      type,
      offset,
      doc: text ? `Bytes of ${member.name}.` : member.doc,
    })
    offset += sizes[type]
  }
  const rest = struct.members.find(({ type }) => type === 'rest')?.name ?? null
  return { ...struct, fixed, size: offset, rest }
}
