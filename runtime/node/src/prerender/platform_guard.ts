import crypto from 'node:crypto'
import { getCallSites } from 'node:util'

import { currentCacheScope } from '../cache/cache_scope.ts'
import { currentContext } from '../context/context.ts'

type AnyFunction = (...args: never[]) => unknown

/**
 * From now on, a handler that reads the time or a random value while it is evaluated for the cache
 * is called for each request instead, as in Next.js with `cacheComponents`. Inside a cached
 * function both are allowed: that is evaluated once. The handler gets the value and continues,
 * because it may have asked in a callback, where no code would catch an error.
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

/** URL prefix of this program's own files. */
const own = new URL(import.meta.url.endsWith('.ts') ? '..' : '.', import.meta.url).href

/**
 * Whether Node.js or Millrace itself asks on the handler's behalf: fetch() and the caches read the
 * clock.
 */
function isAskedByUs(): boolean {
  // The stack: this function, used(), the guarded function, its caller.
  const script = getCallSites(4)[3]?.scriptName ?? ''
  return script.startsWith('node:') || script.startsWith(own)
}
