/**
 * Promises that also have the members of their value. Up to version 14, Next.js had `params`,
 * `cookies()` and others without a promise, and in version 15 with such a promise. Projects that
 * are not written for version 16 get them.
 */
import type { Generation } from '../project/generation.ts'
import { nextVersionOf, type NextVersion } from '../project/next_version.ts'
import { linkStorages } from './next_storages.ts'
import { NextRequest } from '../web/next_request.ts'

const firstWithout = 16
/** The names of Promise's own members; `await` reads `constructor`. */
const ofPromises: ReadonlySet<string> = new Set(['then', 'catch', 'finally', 'constructor'])
/**
 * The maximum number of places that are remembered and warned about, so that generated code cannot
 * use unbounded memory.
 */
const maxWarned = 1000
const warned = new Set<string>()
const adapted = new WeakSet<Generation>()
const versions = new WeakMap<Generation, NextVersion>()
const values = new WeakMap<object, object>()

/** Whether the project's routes can use the members without awaiting the promise. */
export function hasMembers(generation: Generation): boolean {
  const { major } = versionOf(generation)
  return major === null || major < firstWithout
}

function versionOf(generation: Generation): NextVersion {
  let version = versions.get(generation)
  if (version === undefined) versions.set(generation, (version = nextVersionOf(generation.root)))
  return version
}

/**
 * Adapts the runtime to a generation's version of Next.js: packages find the stores of the
 * installed one, and requests have `geo`, which version 15 has removed and which is always empty
 * here.
 */
export function adaptToNext(generation: Generation): void {
  if (adapted.has(generation)) return
  adapted.add(generation)
  const { major, installed } = versionOf(generation)
  if (installed !== null) linkStorages(installed)
  if (major === null || major > 14 || 'geo' in NextRequest.prototype) return
  Object.defineProperty(NextRequest.prototype, 'geo', { get: () => ({}), configurable: true })
}

/**
 * Returns the parameters of a route as a promise that also has each of them as an enumerable
 * property.
 */
export function paramsWithMembers(
  params: Record<string, string | string[]>,
  route: string,
): Promise<Record<string, string | string[]>> {
  return addParams(Promise.resolve(params), params, route)
}

function addParams<T>(
  promise: Promise<T>,
  params: Record<string, string | string[]>,
  route: string,
): Promise<T> {
  for (const name of Object.keys(params)) {
    if (ofPromises.has(name)) continue
    Reflect.defineProperty(promise, name, {
      get() {
        warnOnce(route, `params.${name}`, '`params`')
        return params[name]
      },
      set: (value: string) => (params[name] = value),
      enumerable: true,
      configurable: true,
    })
  }
  return promise
}

/**
 * Returns a function that makes promises with the members `names`.
 * @param expression the call that returns the promise, as messages show it: `cookies()`.
 * @param more members that the value itself does not have.
 */
export function memberPromises<T extends object>(
  expression: string,
  names: readonly PropertyKey[],
  more: { readonly [name: PropertyKey]: (value: T) => unknown } = {},
): (value: T, route: string) => Promise<T> {
  const prototype = Object.create(Promise.prototype) as object
  const routes = new WeakMap<object, string>()
  for (const name of [...names, ...Reflect.ownKeys(more)]) {
    Object.defineProperty(prototype, name, {
      get(this: object) {
        const value = values.get(this)
        if (value === undefined) return undefined
        const shown =
          typeof name === 'symbol'
            ? `...${expression} or similar iteration`
            : `${expression}.${String(name)}`
        warnOnce(routes.get(this)!, shown, `\`${expression}\``)
        if (more[name] !== undefined) return more[name](value as T)
        const member: unknown = Reflect.get(value, name, value)
        return typeof member === 'function' ? member.bind(value) : member
      },
      configurable: true,
    })
  }
  return (value, route) => {
    const promise = Promise.resolve(value)
    values.set(promise, value)
    routes.set(promise, route)
    return Object.setPrototypeOf(promise, prototype) as Promise<T>
  }
}

/** Warns once for each place where a value is used without await. */
function warnOnce(route: string, used: string, awaited: string): void {
  if (warned.size >= maxWarned) return
  const place = placeOfCaller()
  const key = `${used} ${place}`
  if (warned.has(key)) return
  warned.add(key)
  console.error(
    `Route "${route}" used \`${used}\`${place}. ${awaited} should be awaited before using its value: Next.js 16 gives a promise that has nothing else. Learn more: https://nextjs.org/docs/messages/sync-dynamic-apis`,
  )
}

/**
 * Returns the first stack frame outside of this file as ` at file:line:column`; empty if unknown.
 */
function placeOfCaller(): string {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 4
  // The frames above it: warnOnce(), its caller and this function.
  const line = new Error().stack?.split('\n').slice(1)[3]
  Error.stackTraceLimit = stackTraceLimit
  const place = /\(?((?:file:\/\/)?\/[^()]+:\d+:\d+)\)?$/.exec(line ?? '')?.[1]
  return place === undefined ? '' : ` at ${place.replace('file://', '')}`
}
