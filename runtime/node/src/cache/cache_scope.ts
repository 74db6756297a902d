import { asyncHooks } from '../base/async_hooks.ts'
import type { CacheUse } from './cache_use.ts'

/** The inside of a function whose result is cached for other requests. */
export interface CacheScope {
  /** The name of the function in error messages. */
  readonly kind: 'unstable_cache()' | '"use cache"'
  /** Collects what the result depends on. */
  readonly use: CacheUse
}

const storage = new asyncHooks.AsyncLocalStorage<CacheScope>()
const documentation = 'https://nextjs.org/docs/app/api-reference/functions/unstable_cache'

/** Calls `work` inside the scope of a cached function. */
export function runInsideCache<T>(scope: CacheScope, work: () => T): T {
  return storage.run(scope, work)
}

/**
 * Returns the innermost cached function that the running code is inside of; undefined outside of
 * all.
 */
export function currentCacheScope(): CacheScope | undefined {
  return storage.getStore()
}

/**
 * Throws if the running code is inside a cached function, where request data is not available.
 * @param why explains what is wrong with the call inside of `scope`.
 * @param learnMore URL that replaces that of the page about such functions.
 * @throws Error with Next.js's message.
 */
export function rejectInsideCache(
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

/** The reason for calls that read request data. */
export function notReadable(scope: string): string {
  return `can't be read inside ${scope}. Read it outside the cached function and pass what you need as an argument.`
}
