/**
 * Promises that also have the members of what they come to: Next.js had `params`, `cookies()` and
 * the like without a promise up to version 14, and with such a promise in 15. Projects that are not
 * written for 16 get them.
 */
import type { Generation } from '../project/generation.ts'
import { nextVersionOf, type NextVersion } from '../project/next_version.ts'
import { linkStorages } from './next_storages.ts'
import { NextRequest } from '../web/next_request.ts'

const firstWithout = 16
/** Names of a promise's own; `constructor` is what `await` looks at. */
const ofPromises: ReadonlySet<string> = new Set(['then', 'catch', 'finally', 'constructor'])
/**
 * Places that were told of; others are not, so that a program that makes up code costs no memory.
 */
const maxTold = 1000
const told = new Set<string>()
const adapted = new WeakSet<Generation>()
const versions = new WeakMap<Generation, NextVersion>()
const values = new WeakMap<object, object>()

/** Whether the project's routes may use what these promises come to without waiting for it. */
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
 * Adapts the runtime to the Next.js of a generation: packages find the stores of the installed one,
 * and requests have what version 15 has taken from them: `geo`, which is empty wherever nobody
 * fills it.
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
 * The parameters of a route, as a promise that has each of them, to be seen by whoever lists them.
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
        tell(route, `params.${name}`, '`params`')
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
 * What makes promises that have members of `prototype`'s.
 * @param expression the call that they come from, as messages show it: `cookies()`.
 * @param more members that the value itself has not.
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
        tell(routes.get(this)!, shown, `\`${expression}\``)
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

/** Says once of each place that it does not wait. */
function tell(route: string, used: string, awaited: string): void {
  if (told.size >= maxTold) return
  const place = placeOfCaller()
  const key = `${used} ${place}`
  if (told.has(key)) return
  told.add(key)
  console.error(
    `Route "${route}" used \`${used}\`${place}. ${awaited} should be awaited before using its value: Next.js 16 gives a promise that has nothing else. Learn more: https://nextjs.org/docs/messages/sync-dynamic-apis`,
  )
}

/**
 * The first frame that is not of this file, as ` at file:line:column`; empty where the stack says
 * nothing.
 */
function placeOfCaller(): string {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 4
  // tell(), its caller and this one stand above.
  const line = new Error().stack?.split('\n').slice(1)[3]
  Error.stackTraceLimit = stackTraceLimit
  const place = /\(?((?:file:\/\/)?\/[^()]+:\d+:\d+)\)?$/.exec(line ?? '')?.[1]
  return place === undefined ? '' : ` at ${place.replace('file://', '')}`
}
