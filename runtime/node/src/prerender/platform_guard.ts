import crypto from 'node:crypto'

import { currentCacheScope } from '../app/cache_scope.ts'
import { currentContext } from '../app/context.ts'

type AnyFunction = (...args: never[]) => unknown

/**
 * From now on a handler that asks for the time or for chance while it is evaluated for the cache is called for each
 * request instead, as under Next.js's `cacheComponents`. Inside of a cached function it may: that is evaluated once.
 */
export function guardPlatform(): void {
  guard(Math, 'random', 'Math.random()')
  guard(globalThis.crypto, 'randomUUID', 'crypto.randomUUID()')
  guard(globalThis.crypto, 'getRandomValues', 'crypto.getRandomValues()')
  for (const name of ['randomBytes', 'randomFillSync', 'randomInt', 'randomUUID', 'generateKeyPairSync', 'generateKeySync'] as const) {
    guard(crypto, name, `require('node:crypto').${name}()`)
  }
  const now = (): number => {
    used('Date.now()')
    return Date.now()
  }
  const { Date } = globalThis
  const guarded = new Proxy(Date, {
    get: (target, name, receiver) => (name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown)),
    apply(target, self, args: []) {
      used('Date()')
      return Reflect.apply(target, self, args)
    },
    construct(target, args: [], constructor: AnyFunction) {
      if (args.length === 0) used('new Date()')
      return Reflect.construct(target, args, constructor)
    },
  })
  Object.assign(globalThis, { Date: guarded })
}

function guard(object: object, name: string, expression: string): void {
  const original = (object as Record<string, AnyFunction>)[name]!
  Object.assign(object, {
    [name](this: unknown, ...args: never[]) {
      used(expression)
      return original.apply(this, args)
    },
  })
}

function used(expression: string): void {
  if (currentCacheScope() === undefined) currentContext()?.evaluation?.makeDynamic(`\`${expression}\``)
}
