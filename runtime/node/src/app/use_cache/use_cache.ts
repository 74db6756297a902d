import { currentCacheScope, runInsideCache } from '../../cache/cache_scope.ts'
import type { CacheUse } from '../../cache/cache_use.ts'
import { currentContext, type RequestContext } from '../../context/context.ts'
import { DataCache } from '../../cache/data_cache.ts'
import { currentUse, findForRequest } from '../request_cache.ts'
import { forever } from '../../cache/static_generation.ts'
import { decode, encode } from './encoding.ts'
import { FunctionUse, profilesOf } from './life.ts'

/** What is kept of a result: it says again what its life is to whoever uses it. */
interface Kept {
  readonly value: string
  readonly revalidate: number
  readonly expire: number
  readonly tags: readonly string[]
}

/** What lives shorter is no part of an answer that is kept; seconds, as in Next.js. */
const shortestStaticExpire = 300

/**
 * Calls a function with the directive `'use cache'`, unless what it answers is kept. The builder
 * puts calls of this in its place.
 * @param kind what follows `use cache:`; `default` where nothing does.
 * @param id names the function in all processes of a build.
 * @param captured values of the functions around it, which are part of what it is asked.
 * @param count how many arguments it takes.
 * @throws Error for arguments, captured values and results that cannot be kept, and what the
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
  // What is only for one request, and what belongs to none, is not kept for others.
  if (context === undefined || kind === 'private') return work(...(args as never[]))
  const asked = await encode([captured, args.slice(0, count)], 'argument')
  const { generation } = context.invocation.target
  const key = `use cache ${generation.manifest.buildId} ${id} ${asked}`
  const outer = currentUse()
  const found = await findForRequest(key)
  const kept = found.value === undefined ? undefined : (JSON.parse(found.value) as Kept)
  const waits = context.evaluation !== null || currentCacheScope() !== undefined
  if (kept !== undefined && (found.state === 'fresh' || (found.state === 'stale' && !waits))) {
    if (found.state === 'stale') {
      const settled = make().catch((error: unknown) =>
        console.error(`revalidating "use cache" ${id}:`, error),
      )
      context.invocation.waitUntil(settled)
    }
    return use(kept, outer, context)
  }
  return use(await make(), outer, context)

  function make(): Promise<Kept> {
    return DataCache.shared.once(key, async () => {
      const inner = new FunctionUse()
      const [, given] = decode(asked) as [unknown, never[]]
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

/** The value, after what it says of its life has been passed on. */
function use(kept: Kept, outer: CacheUse | undefined, context: RequestContext): unknown {
  const { revalidate, expire, tags } = kept
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
  return decode(kept.value)
}
