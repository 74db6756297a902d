import { asyncHooks } from './async_hooks.ts'
import type { CacheUse } from './cache_use.ts'

/** The inside of a function whose result other requests will get. */
export interface CacheScope {
  /** What the words of errors call it. */
  readonly kind: 'unstable_cache()' | '"use cache"'
  /** Collects what the result depends on. */
  readonly use: CacheUse
}

const storage = new asyncHooks.AsyncLocalStorage<CacheScope>()
const documentation = 'https://nextjs.org/docs/app/api-reference/functions/unstable_cache'

/** Calls `work` as the inside of a cached function. */
export function runInsideCache<T>(scope: CacheScope, work: () => T): T {
  return storage.run(scope, work)
}

/** The innermost cached function that the running code is inside of; undefined outside of all. */
export function currentCacheScope(): CacheScope | undefined {
  return storage.getStore()
}

/** @throws Error where what belongs to one request is asked for inside of a cached function. */
export function refuseInsideCache(route: string, call: string, why: string, learnMore = documentation): void {
  if (storage.getStore() !== undefined) throw new Error(`Route "${route}": \`${call}\` ${why}\nLearn more: ${learnMore}`)
}

/** Why a request's data cannot be read inside of `unstable_cache()`. */
export const notReadable =
  "can't be read inside `unstable_cache()`. Read it outside the cached function and pass what you need as an argument."
