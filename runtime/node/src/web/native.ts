/**
 * The platform's own fetch classes. They are made when something needs them: node loads 15 to 35 ms
 * of code for the first of them, which a worker must not pay before its first answer.
 */

/** Node's classes, as they were before the light ones took their places. */
export interface NativeClasses {
  readonly Request: typeof globalThis.Request
  readonly Response: typeof globalThis.Response
  readonly Headers: typeof globalThis.Headers
}

const names = ['Request', 'Response', 'Headers'] as const
const nativeFetch = globalThis.fetch
let classes: NativeClasses | undefined
let seen = 0
let present = false

// Where the classes are loaded already, or this node is not one the lazy way was tried with, they
// are taken now, while the globals still are node's.
if (loadedAlready() || !/^v2[2-4]\./.test(process.version)) {
  classes = { Request: globalThis.Request, Response: globalThis.Response, Headers: globalThis.Headers }
}

/** Node's own fetch function. */
export { nativeFetch }

/** Node's own classes, loaded by the first call. */
export function native(): NativeClasses {
  return (classes ??= load())
}

/** Node's own classes as far as they are loaded: where they are not, no object of theirs exists. */
export function nativeIfLoaded(): NativeClasses | undefined {
  if (classes === undefined && loadedAlready()) classes = load()
  return classes
}

function loadedAlready(): boolean {
  const list = (process as unknown as { moduleLoadList?: readonly string[] }).moduleLoadList
  return list === undefined || found(list)
}

/** The list only grows, so each entry is looked at once. */
function found(list: readonly string[]): boolean {
  for (; !present && seen < list.length; ++seen) present = list[seen]!.endsWith('deps/undici/undici')
  return present
}

/**
 * A replaced global cannot be asked for what it was, and node keeps no other public name for the
 * classes. But as they are loaded they pass through Object.defineProperties, one prototype each.
 */
function load(): NativeClasses {
  if (loadedAlready()) throw new Error('the fetch classes were loaded behind the runtime; this is a fault of Millrace')
  const caught: Record<string, unknown> = {}
  const original = Object.defineProperties
  Object.defineProperties = function defineProperties(target: never, properties: never) {
    const name = (target as { constructor?: { name?: string } } | null)?.constructor?.name as (typeof names)[number]
    if (names.includes(name)) caught[name] ??= (target as { constructor: unknown }).constructor
    return original(target, properties)
  } as typeof Object.defineProperties
  try {
    nativeFetch('data:,').catch(() => undefined)
  } finally {
    Object.defineProperties = original
  }
  for (const name of names) {
    if (caught[name] === undefined) throw new Error(`node ${process.version} hides its class ${name}; use the node that comes with Millrace`)
  }
  return caught as unknown as NativeClasses
}
