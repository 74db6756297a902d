/**
 * Encodes arguments and results of cached functions as text. A value that JSON cannot express
 * becomes a string that begins with `$`, or an object whose `$` names the type and whose `of` has
 * the content. Strings of the values that begin with `$` get another `$` in front.
 */
import { isForm, native } from '../../web/native.ts'

/** Whether a value is an argument, which may have a `toJSON`, or a result. */
export type Role = 'argument' | 'result'

const typedArrays: readonly [name: string, type: { new (bytes: ArrayBuffer): ArrayBufferView }][] =
  [
    ['Int8Array', Int8Array],
    ['Uint8Array', Uint8Array],
    ['Uint8ClampedArray', Uint8ClampedArray],
    ['Int16Array', Int16Array],
    ['Uint16Array', Uint16Array],
    ['Int32Array', Int32Array],
    ['Uint32Array', Uint32Array],
    ['Float32Array', Float32Array],
    ['Float64Array', Float64Array],
    ['BigInt64Array', BigInt64Array],
    ['BigUint64Array', BigUint64Array],
    ['DataView', DataView],
  ] // prettier-ignore

/**
 * Encodes a value. Promises in it are awaited.
 * @throws Error for values that cannot be cached: functions, instances of classes, unregistered
 * symbols.
 */
export async function encode(value: unknown, role: Role): Promise<string> {
  return JSON.stringify(await plain(value, role, []))
}

/** Decodes a value; every call creates a new one. */
export function decode(text: string): unknown {
  return revive(JSON.parse(text))
}

async function plain(given: unknown, role: Role, around: readonly unknown[]): Promise<unknown> {
  const value = role === 'argument' ? callToJson(given) : given
  switch (typeof value) {
    case 'string':
      return value.startsWith('$') ? `$${value}` : value
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : `$${Object.is(value, -0) ? '-0' : value}`
    case 'boolean':
      return value
    case 'undefined':
      return '$undefined'
    case 'bigint':
      return `$n${value}`
    case 'symbol': {
      const key = Symbol.keyFor(value)
      if (key === undefined)
        throw new Error(
          `Only symbols of Symbol.for() can be passed to or returned by "use cache" functions, found ${String(value)}.`,
        )
      return `$S${key}`
    }
    case 'function':
      throw new Error(
        `Functions cannot be passed to or returned by "use cache" functions, found ${value.name || 'one without a name'}.`,
      )
    default:
      return value === null ? null : ofObject(value as object, role, around)
  }
}

/** URLs and similar objects define their JSON form by `toJSON`. */
function callToJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const { toJSON } = value as { toJSON?: unknown }
  return typeof toJSON === 'function' ? (toJSON.call(value) as unknown) : value
}

async function ofObject(value: object, role: Role, around: readonly unknown[]): Promise<unknown> {
  if (around.includes(value))
    throw new Error(
      'Values that contain themselves cannot be passed to or returned by "use cache" functions.',
    )
  const inside = [...around, value]
  const all = (values: Iterable<unknown>): Promise<unknown[]> =>
    Promise.all([...values].map((one) => plain(one, role, inside)))
  if (Array.isArray(value)) return all(value)
  if (value instanceof Date) return `$D${value.getTime()}`
  if (value instanceof Map) return { $: 'Map', of: await all([...value]) }
  if (value instanceof Set) return { $: 'Set', of: await all(value) }
  if (value instanceof Promise) return { $: 'Promise', of: await plain(await value, role, inside) }
  if (value instanceof ArrayBuffer)
    return { $: 'ArrayBuffer', of: Buffer.from(value).toString('base64') }
  if (ArrayBuffer.isView(value)) {
    const [name] = typedArrays.find(([, type]) => value instanceof type)!
    return {
      $: name,
      of: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'),
    }
  }
  if (isForm(value)) return { $: 'FormData', of: await all([...value]) }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) {
    const name = value.constructor?.name ?? 'an object'
    throw new Error(
      `Only plain objects, and a few built-ins, can be passed to or returned by "use cache" functions, found ${name}.`,
    )
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const values = await all(members.map(([, member]) => member))
  const entries = members.map(([name], index) => [name, values[index]] as const)
  return '$' in value ? { $: 'Object', of: entries } : Object.fromEntries(entries)
}

function revive(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('$') ? reviveText(value.slice(1)) : value
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== 'object' || value === null) return value
  const { $: kind, of } = value as { $?: string; of?: unknown }
  return kind === undefined ? reviveEntries(Object.entries(value)) : reviveKind(kind, of)
}

function reviveEntries(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries.map(([name, member]) => [name, revive(member)]))
}

function reviveKind(kind: string, of: unknown): unknown {
  switch (kind) {
    case 'Object':
      return reviveEntries(of as [string, unknown][])
    case 'Map':
      return new Map(revive(of) as [unknown, unknown][])
    case 'Set':
      return new Set(revive(of) as unknown[])
    case 'Promise':
      return Promise.resolve(revive(of))
    case 'FormData': {
      const form = new (native().FormData)()
      for (const [name, value] of revive(of) as [string, string][]) form.append(name, value)
      return form
    }
    default: {
      const bytes = new Uint8Array(Buffer.from(of as string, 'base64')).buffer
      const type = typedArrays.find(([name]) => name === kind)?.[1]
      return type === undefined ? bytes : new type(bytes)
    }
  }
}

function reviveText(text: string): unknown {
  if (text.startsWith('$')) return text
  if (text === 'undefined') return undefined
  if (text.startsWith('n')) return BigInt(text.slice(1))
  if (text.startsWith('D')) return new Date(Number(text.slice(1)))
  if (text.startsWith('S')) return Symbol.for(text.slice(1))
  return Number(text)
}
