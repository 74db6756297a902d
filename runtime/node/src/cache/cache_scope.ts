import { asyncHooks } from '../base/async_hooks.ts'
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

/**
 * @param why what is wrong about the call inside of `scope`.
 * @param learnMore in place of the page about such functions.
 * @throws Error where what belongs to one request is asked for inside of a cached function.
 */
export function refuseInsideCache(
  route: string,
  call: string,
  why: (scope: string) => string,
  learnMore?: string,
): void {
  const scope = storage.getStore()
  if (scope === undefined) return
  const page =
    learnMore ??
    (scope.kind === 'unstable_cache()'
      ? documentation
      : 'https://nextjs.org/docs/messages/next-request-in-use-cache')
  throw new Error(`Route "${route}": \`${call}\` ${why(`\`${scope.kind}\``)}\nLearn more: ${page}`)
}

/** Why a request's data cannot be read there. */
export function notReadable(scope: string): string {
  return `can't be read inside ${scope}. Read it outside the cached function and pass what you need as an argument.`
}
