import { restorePlatform } from './platform.ts'

/**
 * Provides the platform's own fetch classes, identified by their origin: neither a package's class
 * of the same name nor a project's replacement of a global is taken for one. They are loaded on
 * demand, because Node.js takes 15 to 35 ms for it, which would delay a worker's first response.
 */

/** Node.js's classes, before the light ones replaced them. */
export interface NativeClasses {
  readonly Request: typeof globalThis.Request
  readonly Response: typeof globalThis.Response
  readonly Headers: typeof globalThis.Headers
  readonly FormData: typeof globalThis.FormData
}

const names = ['Request', 'Response', 'Headers', 'FormData'] as const
const undici = 'node:internal/deps/undici/undici'
/**
 * How many stack frames are checked: a project may have wrapped the function that is wrapped here.
 */
const maxFrames = 8
const { getCallSites, types } = process.getBuiltinModule('node:util')
/** The value of `fetch` when the worker started. */
export const nativeFetch = globalThis.fetch
let classes: NativeClasses | undefined

const loaded = (process as unknown as { moduleLoadList?: readonly string[] }).moduleLoadList
// If the classes are already loaded, or lazy loading was not tested with this version of Node.js,
// they are read now, while the globals are unchanged.
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

/** Returns Node.js's own classes; the first call loads them. */
export function native(): NativeClasses {
  if (classes === undefined) {
    loadClasses()
    if (classes === undefined) {
      throw new Error(
        `Node.js ${process.version} does not provide its fetch classes; use the Node.js that comes with Millrace`,
      )
    }
  }
  return classes
}

/**
 * Loads Node.js's classes through the first global that still leads to them: a project may have
 * replaced others.
 */
function loadClasses(): void {
  const putBack = restorePlatform()
  for (const name of ['FormData', 'MessageEvent', 'WebSocket', 'CloseEvent']) {
    Reflect.get(globalThis, name)
    if (classes !== undefined) break
  }
  // Whatever fetch does with this URL, it loads the classes first.
  if (classes === undefined) nativeFetch('data:,').catch(() => undefined)
  putBack()
}

/** Returns Node.js's own classes if they are loaded; otherwise no object of them exists. */
export function nativeIfLoaded(): NativeClasses | undefined {
  return classes
}

/** Whether the value is a form of Node.js's class. */
export function isForm(value: object): value is FormData {
  return classes !== undefined && value instanceof classes.FormData
}

/**
 * Records the classes as Node.js loads them, whatever makes it do so (`new FormData()` for
 * example): their prototypes are passed to Object.defineProperties by Node.js's own code. There is
 * no other public way, because a global that was replaced does not give access to its former value.
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
          // Has no effect if a project has frozen its intrinsics: then this function stays and
          // passes calls on.
          if (Object.defineProperties === defineProperties)
            Reflect.set(Object, 'defineProperties', original)
        }
      }
    }
    return original(target, properties)
  }
  Object.defineProperties = defineProperties as typeof original
}

/** Returns the class whose prototype this is, without running code of the object. */
function constructorOf(target: unknown): { readonly name: string } | undefined {
  if (typeof target !== 'object' || target === null || types.isProxy(target)) return undefined
  const value: unknown = Object.getOwnPropertyDescriptor(target, 'constructor')?.value
  return typeof value === 'function' && !types.isProxy(value) ? value : undefined
}

function isCalledByUndici(): boolean {
  return getCallSites(maxFrames).some(({ scriptName }) => scriptName === undici)
}
