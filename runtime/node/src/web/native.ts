/**
 * The platform's own fetch classes. They are loaded when something needs them: that takes node 15 to
 * 35 ms, which a worker must not pay before its first answer.
 */

/** Node's classes, as they were before the light ones took their places. */
export interface NativeClasses {
  readonly Request: typeof globalThis.Request
  readonly Response: typeof globalThis.Response
  readonly Headers: typeof globalThis.Headers
}

const names = ['Request', 'Response', 'Headers'] as const
/** Node's own fetch function. */
export const nativeFetch = globalThis.fetch
let classes: NativeClasses | undefined

const loaded = (process as unknown as { moduleLoadList?: readonly string[] }).moduleLoadList
// Where the classes are loaded already, or this node is not one that the lazy way was tried with,
// they are taken now, while the globals still are node's.
if (loaded === undefined || loaded.some((name) => name.endsWith('deps/undici/undici')) || !/^v2[2-4]\./.test(process.version)) {
  classes = { Request: globalThis.Request, Response: globalThis.Response, Headers: globalThis.Headers }
} else {
  watchForClasses()
}

/** Node's own classes, loaded by the first call. */
export function native(): NativeClasses {
  if (classes === undefined) {
    // Whatever it does with this address, it loads the classes first.
    nativeFetch('data:,').catch(() => undefined)
    if (classes === undefined) {
      throw new Error(`node ${process.version} hides its fetch classes; use the node that comes with Millrace`)
    }
  }
  return classes
}

/** Node's own classes as far as they are loaded: where they are not, no object of theirs exists. */
export function nativeIfLoaded(): NativeClasses | undefined {
  return classes
}

/**
 * A global that was replaced cannot be asked for what it was, and node has no other public name for
 * the classes. But as node loads them, whoever made it do so (`new FormData()` does), they pass
 * through Object.defineProperties, one prototype each.
 */
function watchForClasses(): void {
  const original = Object.defineProperties
  const caught: Record<string, unknown> = {}
  function defineProperties<T>(target: T, properties: PropertyDescriptorMap & ThisType<never>): T {
    const name = (target as { constructor?: { name?: string } } | null)?.constructor?.name as (typeof names)[number]
    if (names.includes(name) && classes === undefined) {
      caught[name] ??= (target as { constructor: unknown }).constructor
      if (names.every((each) => each in caught)) {
        classes = caught as unknown as NativeClasses
        if (Object.defineProperties === defineProperties) Object.defineProperties = original
      }
    }
    return original(target, properties)
  }
  Object.defineProperties = defineProperties as typeof original
}
