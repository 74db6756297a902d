import { runInsideCache } from '../cache/cache_scope.ts'
import { CacheUse } from '../cache/cache_use.ts'
import { currentContext } from '../context/context.ts'
import { DataCache } from '../cache/data_cache.ts'
import { currentUse, findForRequest } from './request_cache.ts'

/** The options of `unstable_cache()`. */
export interface CacheOptions {
  /** Seconds after which the value is renewed; false: only when its tag is revalidated. */
  readonly revalidate?: number | false
  readonly tags?: readonly string[]
}

/**
 * Returns a function whose results are cached as JSON by its arguments, `keyParts` and its own
 * source text.
 * @throws Error for `revalidate: 0`, which would cache nothing.
 */
export function unstable_cache<A extends unknown[], T>(
  work: (...args: A) => Promise<T>,
  keyParts?: readonly string[],
  options: CacheOptions = {},
): (...args: A) => Promise<T> {
  if (options.revalidate === 0) {
    throw new Error(
      `Invariant revalidate: 0 can not be passed to unstable_cache(), must be "false" or "> 0" ${work.toString()}`,
    )
  }
  const fixedKey = `${work.toString()}-${keyParts?.join(',') ?? ''}`
  return async (...args) => {
    currentUse()?.note(options)
    const key = `${fixedKey}-${JSON.stringify(args)}`
    const { state, value, at } = await findForRequest(key)
    if (state === 'fresh') return parsed(value!) as T
    const renewed = DataCache.shared.once(key, async () => {
      const made = await runInsideCache(
        { kind: 'unstable_cache()', use: new CacheUse() },
        async () => work(...args),
      )
      const text = (JSON.stringify(made) as string | undefined) ?? ''
      DataCache.shared.set(key, text, at, options)
      return text
    })
    if (state === 'none') return parsed(await renewed) as T
    const settled = renewed.catch((error: unknown) =>
      console.error('revalidating cache with key:', key, error),
    )
    currentContext()?.invocation.waitUntil(settled)
    return parsed(value!) as T
  }
}

/** JSON is never empty: an empty text stands for undefined. */
function parsed(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text)
}
