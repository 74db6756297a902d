import { currentCacheScope, runInsideCache } from '../../cache/cache_scope.ts'
import type { CacheUse } from '../../cache/cache_use.ts'
import { currentContext, type RequestContext } from '../../context/context.ts'
import { DataCache } from '../../cache/data_cache.ts'
import { currentUse, findForRequest } from '../request_cache.ts'
import { forever } from '../../cache/static_generation.ts'
import { decode, encode } from './encoding.ts'
import { FunctionUse, profilesOf } from './life.ts'

/** A stored result, with the lifetime that applies to whatever uses it. */
interface StoredResult {
  readonly value: string
  readonly revalidate: number
  readonly expire: number
  readonly tags: readonly string[]
}

/** A value that expires sooner makes a response uncacheable; seconds, as in Next.js. */
const shortestStaticExpire = 300

/**
 * Calls a function with the directive `'use cache'`, unless its result is cached. The builder
 * replaces such functions by calls of this one.
 * @param kind the part after `use cache:`; `default` if there is none.
 * @param id identifies the function in all processes of a build.
 * @param captured values of the enclosing functions, which are part of the cache key.
 * @param count number of the function's parameters.
 * @throws Error for arguments, captured values and results that cannot be cached, and what the
 * function throws.
 */
export async function useCache(
  kind: string,
  id: string,
  captured: readonly unknown[],
  args: readonly unknown[],
  count: number,
  work: (...args: never[]) => Promise<unknown>,
): Promise<unknown> {
  const context = currentContext()
  // Private results, and results outside of requests, are not cached for others.
  if (context === undefined || kind === 'private') return work(...(args as never[]))
  const keyArguments = await encode([captured, args.slice(0, count)], 'argument')
  const { generation } = context.invocation.target
  const key = `use cache ${generation.manifest.buildId} ${id} ${keyArguments}`
  const outer = currentUse()
  const found = await findForRequest(key)
  const stored = found.value === undefined ? undefined : (JSON.parse(found.value) as StoredResult)
  const waits = context.evaluation !== null || currentCacheScope() !== undefined
  if (stored !== undefined && (found.state === 'fresh' || (found.state === 'stale' && !waits))) {
    if (found.state === 'stale') {
      const settled = make().catch((error: unknown) =>
        console.error(`revalidating "use cache" ${id}:`, error),
      )
      context.invocation.waitUntil(settled)
    }
    return use(stored, outer, context)
  }
  return use(await make(), outer, context)

  function make(): Promise<StoredResult> {
    return DataCache.shared.once(key, async () => {
      const inner = new FunctionUse()
      const [, given] = decode(keyArguments) as [unknown, never[]]
      const result = await runInsideCache({ kind: '"use cache"', use: inner }, () => work(...given))
      const { revalidate, expire, tags } = inner.lifetime(profilesOf(generation)['default'] ?? {})
      const made = {
        value: await encode(result, 'result'),
        revalidate,
        expire,
        tags: [...(tags ?? [])],
      }
      const lifetime = {
        revalidate: revalidate >= forever ? false : revalidate,
        expire: expire >= forever ? undefined : expire,
        tags: made.tags,
      } as const
      DataCache.shared.set(key, JSON.stringify(made), found.at, lifetime)
      return made
    })
  }
}

/** Returns the value and applies its lifetime to what it becomes part of. */
function use(stored: StoredResult, outer: CacheUse | undefined, context: RequestContext): unknown {
  const { revalidate, expire, tags } = stored
  if (
    context.evaluation !== null &&
    currentCacheScope() === undefined &&
    (revalidate === 0 || expire < shortestStaticExpire)
  ) {
    context.useRequest('a `"use cache"` function with a short life')
  }
  outer?.note({
    revalidate: revalidate >= forever ? false : revalidate,
    expire: expire >= forever ? undefined : expire,
    tags,
  })
  return decode(stored.value)
}
