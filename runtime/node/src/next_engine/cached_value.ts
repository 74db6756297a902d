/**
 * Encodes Next.js's cache entries as text for the data cache that all workers share: JSON that also
 * preserves bytes and maps. Property names that begin with `$` get another one.
 */

/** Encodes a value. */
export function textOfValue(value: unknown): string {
  return JSON.stringify(value, function (this: Record<string, unknown>, key, plain: unknown) {
    // `plain` is what toJSON() has made of a buffer.
    const member = this[key]
    if (member instanceof Uint8Array) return { $bytes: Buffer.from(member).toString('base64') }
    if (member instanceof Map) return { $map: [...member] }
    return isObject(plain) ? withNames(plain, '$', (name) => `$${name}`) : plain
  })
}

/** Decodes a value. */
export function parseValue(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (!isObject(value)) return value
    if (typeof value['$bytes'] === 'string') return Buffer.from(value['$bytes'], 'base64')
    if (Array.isArray(value['$map'])) return new Map(value['$map'] as [string, unknown][])
    return withNames(value, '$$', (name) => name.slice(1))
  })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Renames properties with the prefix; returns the same object if there are none. */
function withNames(
  object: Record<string, unknown>,
  prefix: string,
  renamed: (name: string) => string,
): Record<string, unknown> {
  if (!Object.keys(object).some((name) => name.startsWith(prefix))) return object
  return Object.fromEntries(
    Object.entries(object).map(([name, member]) => [
      name.startsWith(prefix) ? renamed(name) : name,
      member,
    ]),
  )
}
