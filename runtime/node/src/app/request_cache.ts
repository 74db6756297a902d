import { currentCacheScope } from '../cache/cache_scope.ts'
import type { CacheUse } from '../cache/cache_use.ts'
import { currentContext } from '../context/context.ts'
import { DataCache, type Found } from '../cache/data_cache.ts'

/**
 * Returns the record of what the running code's result depends on; undefined outside of requests
 * and cached functions.
 */
export function currentUse(): CacheUse | undefined {
  return currentCacheScope()?.use ?? currentContext()?.use
}

/**
 * Looks up a key of the data cache for the running request. Values that the request itself has
 * revalidated are not found, even if other requests still get them while they are renewed.
 * @param tags that apply besides those of the value and of the request.
 */
export async function findForRequest(key: string, tags: readonly string[] = []): Promise<Found> {
  const context = currentContext()
  const requestTags = [...tags, ...(context?.implicitTags ?? [])]
  const found = await DataCache.shared.get(key, requestTags)
  const revalidated = context?.revalidatedTags
  if (found.state === 'none' || !revalidated?.size) return found
  const gone = [...requestTags, ...(found.tags ?? [])].some((tag) => revalidated.has(tag))
  return gone ? { state: 'none', at: found.at } : found
}
