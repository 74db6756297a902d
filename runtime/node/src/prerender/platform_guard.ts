import crypto from 'node:crypto'
import { getCallSites } from 'node:util'

import { currentCacheScope } from '../cache/cache_scope.ts'
import { currentContext } from '../context/context.ts'

type AnyFunction = (...args: never[]) => unknown

/**
 * From now on a handler that asks for the time or for chance while it is evaluated for the cache is
 * called for each request instead, as under Next.js's `cacheComponents`. Inside of a cached
 * function it may: that is evaluated once. The handler goes on with what it asked for: it may have
 * asked in a callback, where nobody would catch an error.
 */
export function guardPlatform(): void {
  guard(Math, 'random')
  guard(globalThis.crypto, 'randomUUID')
  guard(globalThis.crypto, 'getRandomValues')
  for (const name of [
    'randomBytes',
    'randomFillSync',
    'randomInt',
    'randomUUID',
    'generateKeyPairSync',
    'generateKeySync',
  ] as const) {
    guard(crypto, name)
  }
  const now = (): number => {
    used()
    return PlatformDate.now()
  }
  const { Date: PlatformDate } = globalThis
  const guarded = new Proxy(PlatformDate, {
    get: (target, name, receiver) =>
      name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown),
    apply(target, self, args: []) {
      used()
      return Reflect.apply(target, self, args)
    },
    construct(target, args: [], made: AnyFunction) {
      if (args.length === 0) used()
      return Reflect.construct(target, args, made)
    },
  })
  Object.assign(globalThis, { Date: guarded })
}

function guard(object: object, name: string): void {
  const original = (object as Record<string, AnyFunction>)[name]!
  Object.assign(object, {
    [name](this: unknown, ...args: never[]) {
      used()
      return original.apply(this, args)
    },
  })
}

function used(): void {
  const evaluation = currentCacheScope() === undefined ? currentContext()?.evaluation : null
  if (evaluation && !isAskedByUs()) evaluation.noteDynamic()
}

/** This program's own files. */
const own = new URL(import.meta.url.endsWith('.ts') ? '..' : '.', import.meta.url).href

/**
 * Whether Node.js or Millrace itself asks, on the handler's behalf: fetch() and the caches look at
 * the clock.
 */
function isAskedByUs(): boolean {
  // This function, used(), the guarded one, who asks.
  const script = getCallSites(4)[3]?.scriptName ?? ''
  return script.startsWith('node:') || script.startsWith(own)
}
