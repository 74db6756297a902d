/**
 * The namespaces of modules in development: what replaces esbuild's helpers in modules that are
 * compiled one by one (see dev_modules).
 */

/** The exports of a module. */
export type Exports = Record<string, unknown>

/** Namespaces of ES modules: everything that imports one gets it itself. */
const namespaces = new WeakSet<object>()
/**
 * By namespace: those that have `export * from` it. Names may be added while modules in a circle
 * run; when none runs, all are known.
 */
const followers = new Map<Exports, Set<Exports>>()
/** How many modules are running. */
let running = 0

/** A module begins to run; {@link endRun} must follow. */
export function beginRun(): void {
  ++running
}

export function endRun(): void {
  if (--running === 0) followers.clear()
}

/** Whether a value is the namespace of an ES module. */
export function isNamespace(value: unknown): boolean {
  return isObject(value) && namespaces.has(value)
}

/**
 * Returns the namespace of a module. As in Next.js's bundler, that of a CommonJS function can be
 * called, and `default` is the export of that name beside `__esModule`.
 */
export function toESM(exports: unknown): Exports {
  const source = exports as Exports | null | undefined
  if (isObject(source) && namespaces.has(source)) return source
  const namespace = (
    typeof exports === 'function'
      ? function (this: unknown, ...given: unknown[]): unknown {
          return Reflect.apply(exports, this, given)
        }
      : exports === null || exports === undefined
        ? {}
        : Object.create(Object.getPrototypeOf(exports) as object | null)
  ) as Exports
  if (!source?.['__esModule'] || !('default' in source))
    Object.defineProperty(namespace, 'default', { value: exports, enumerable: true })
  copyProperties(namespace, exports, undefined)
  return namespace
}

/** Marks the namespace of an ES module. @returns what require() returns. */
export function toCommonJS(namespace: Exports): Exports {
  namespaces.add(namespace)
  return Object.defineProperty(namespace, '__esModule', { value: true })
}

/** `export * from` a module. */
export function reExport(target: Exports, from: unknown): void {
  copyProperties(target, from, 'default')
  if (isObject(from) && namespaces.has(from)) {
    const known = followers.get(from)
    if (known === undefined) followers.set(from, new Set([target]))
    else known.add(target)
  }
  pass(target)
}

/** Gives a namespace's names to those that export all of them. */
function pass(namespace: Exports): void {
  for (const follower of followers.get(namespace) ?? []) {
    if (copyProperties(follower, namespace, 'default')) pass(follower)
  }
}

/** Defines the names of `from` that `to` lacks, live. @returns whether there were any. */
function copyProperties(to: Exports, from: unknown, except: string | undefined): boolean {
  if (!isObject(from)) return false
  let any = false
  for (const key of Object.getOwnPropertyNames(from)) {
    if (key === except || Object.hasOwn(to, key)) continue
    any = true
    Object.defineProperty(to, key, {
      get: () => from[key],
      enumerable: Object.getOwnPropertyDescriptor(from, key)?.enumerable !== false,
    })
  }
  return any
}

function isObject(value: unknown): value is Exports {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Most functions have the right name; defining a property for each closure would take time. */
export function named(target: unknown, value: string): unknown {
  return (target as { name?: unknown }).name === value
    ? target
    : Object.defineProperty(target, 'name', { value, configurable: true })
}
