import { restorePlatform } from './platform.ts'

/**
 * The platform's own classes, known by what they are: neither a package's class of the same name
 * nor what a project has put into a global passes for one. Those for fetch are loaded when
 * something needs them: that takes node 15 to 35 ms, which a worker must not pay before its first
 * answer.
 */

/** Node's classes, as they were before the light ones took their places. */
export interface NativeClasses {
  readonly Request: typeof globalThis.Request
  readonly Response: typeof globalThis.Response
  readonly Headers: typeof globalThis.Headers
  readonly FormData: typeof globalThis.FormData
}

const names = ['Request', 'Response', 'Headers', 'FormData'] as const
const undici = 'node:internal/deps/undici/undici'
/** Frames of a stack to look at: a project may have wrapped what we wrap. */
const maxFrames = 8
const { getCallSites, types } = process.getBuiltinModule('node:util')
/** What `fetch` was when the worker began. */
export const nativeFetch = globalThis.fetch
let classes: NativeClasses | undefined

const loaded = (process as unknown as { moduleLoadList?: readonly string[] }).moduleLoadList
// Where the classes are loaded already, or this node is not one that the lazy way was tried with,
// they are taken now, while the globals still are node's.
if (
  loaded === undefined ||
  loaded.some((name) => name.endsWith('deps/undici/undici')) ||
  !/^v2[2-4]\./.test(process.version)
) {
  const { Request, Response, Headers, FormData } = globalThis
  classes = { Request, Response, Headers, FormData }
} else {
  watchForClasses()
}

/** Node's own classes, loaded by the first call. */
export function native(): NativeClasses {
  if (classes === undefined) {
    loadClasses()
    if (classes === undefined) {
      throw new Error(
        `node ${process.version} hides its fetch classes; use the node that comes with Millrace`,
      )
    }
  }
  return classes
}

/**
 * Loads node's classes by the first name that still leads to them: a project may have replaced
 * others.
 */
function loadClasses(): void {
  const putBack = restorePlatform()
  for (const name of ['FormData', 'MessageEvent', 'WebSocket', 'CloseEvent']) {
    Reflect.get(globalThis, name)
    if (classes !== undefined) break
  }
  // Whatever it does with this address, it loads the classes first.
  if (classes === undefined) nativeFetch('data:,').catch(() => undefined)
  putBack()
}

/** Node's own classes as far as they are loaded: where they are not, no object of theirs exists. */
export function nativeIfLoaded(): NativeClasses | undefined {
  return classes
}

/** Whether it is a form of node's. */
export function isForm(value: object): value is FormData {
  return classes !== undefined && value instanceof classes.FormData
}

/**
 * A global that was replaced cannot be asked for what it was, and node has no other public name for
 * the classes. But as node loads them, whoever made it do so (`new FormData()` does), they pass
 * through Object.defineProperties, one prototype each, called by node's own code.
 */
function watchForClasses(): void {
  const original = Object.defineProperties
  const caught: Record<string, unknown> = {}
  function defineProperties<T>(target: T, properties: PropertyDescriptorMap & ThisType<never>): T {
    if (classes === undefined) {
      const candidate = constructorOf(target)
      if (candidate !== undefined && isCalledByUndici()) {
        caught[candidate.name] ??= candidate
        if (names.every((each) => each in caught)) {
          classes = caught as unknown as NativeClasses
          // Fails silently where a project has frozen its intrinsics: then this function stays, and
          // does nothing.
          if (Object.defineProperties === defineProperties)
            Reflect.set(Object, 'defineProperties', original)
        }
      }
    }
    return original(target, properties)
  }
  Object.defineProperties = defineProperties as typeof original
}

/** The class whose prototype this is; looks without running any code of the object's. */
function constructorOf(target: unknown): { readonly name: string } | undefined {
  if (typeof target !== 'object' || target === null || types.isProxy(target)) return undefined
  const value: unknown = Object.getOwnPropertyDescriptor(target, 'constructor')?.value
  return typeof value === 'function' && !types.isProxy(value) ? value : undefined
}

function isCalledByUndici(): boolean {
  return getCallSites(maxFrames).some(({ scriptName }) => scriptName === undici)
}
