/** `next/cache` as far as it applies to routes. */
import { currentCacheScope, rejectInsideCache } from '../cache/cache_scope.ts'
import { currentContext, type RequestContext } from '../context/context.ts'
import { DataCache, type TagProfile } from '../cache/data_cache.ts'
import { pathTagPrefix } from '../context/implicit_tags.ts'
import { usableTags } from '../app/fetch/tags.ts'
import { unstable_cache } from '../app/unstable_cache.ts'
import { FunctionUse, lifeOf, profilesOf, type CacheLife } from '../app/use_cache/life.ts'

export { unstable_cache }

const maxPath = 1024

/** Revalidates every cached value with the tag. */
export function revalidateTag(tag: string, profile?: string | TagProfile): void {
  if (profile === undefined) {
    console.warn(
      '"revalidateTag" without the second argument is now deprecated, add second argument of "max" or use "updateTag". See more info here: https://nextjs.org/docs/messages/revalidate-tag-single-arg',
    )
  }
  rejectInCachedFunction(`revalidateTag(${JSON.stringify(tag)})`)
  // With a profile that allows stale values, the next reader still gets one while it is renewed.
  const expire = (typeof profile === 'string' ? profileOf(profile) : profile)?.expire
  revalidate(tag, profile === undefined ? null : expire === undefined ? {} : { expire })
}

/** Revalidates every cached value of the path. */
export function revalidatePath(path: string, type?: 'layout' | 'page'): void {
  if (path.length > maxPath) {
    console.warn(
      `Warning: revalidatePath received "${path}" which exceeded max length of ${maxPath}. See more info here https://nextjs.org/docs/app/api-reference/functions/revalidatePath`,
    )
    return
  }
  if (type === undefined && /\/\[[^/]+\]/.test(path)) {
    console.warn(
      `Warning: a dynamic page path "${path}" was passed to "revalidatePath", but the "type" parameter is missing. This has no effect by default, see more info here https://nextjs.org/docs/app/api-reference/functions/revalidatePath`,
    )
  }
  rejectInCachedFunction(`revalidatePath(${JSON.stringify(path)})`)
  const trimmed = path.length > 1 ? path.replace(/\/$/, '') : path
  revalidate(
    `${pathTagPrefix}${trimmed}${type === undefined ? '' : `${trimmed.endsWith('/') ? '' : '/'}${type}`}`,
    null,
  )
}

/** Returns undefined for an unknown name, as Next.js does. */
function profileOf(name: string): CacheLife | undefined {
  const context = currentContext()
  return context === undefined ? undefined : profilesOf(context.invocation.target.generation)[name]
}

function revalidate(tag: string, profile: TagProfile | null): void {
  currentContext()?.revalidatedTags.add(tag)
  DataCache.shared.revalidate([tag], profile)
}

/** @throws Error always: it is only for Server Actions. */
export function updateTag(_tag: string): never {
  throw new Error(
    'updateTag can only be called from within a Server Action. To invalidate cache tags in Route Handlers or other contexts, use revalidateTag instead. See more info here: https://nextjs.org/docs/app/api-reference/functions/updateTag',
  )
}

/** @throws Error always: it is only for Server Actions. */
export function refresh(): never {
  throw new Error(
    'refresh can only be called from within a Server Action. See more info here: https://nextjs.org/docs/app/api-reference/functions/refresh',
  )
}

/** Makes the response uncacheable and turns off the default caching of later `fetch` calls. */
export function unstable_noStore(): void {
  const context = currentContext()
  if (context === undefined || context.requestless) return
  context.noStore = true
  if (currentCacheScope() === undefined) context.useRequest('unstable_noStore()')
}

/**
 * Sets how long the result of the running cached function can be used.
 * @param profile the name of a profile of next.config or of Next.js, or the lifetime itself.
 * @throws Error outside of a function with `'use cache'`, and without `cacheComponents`.
 */
export function cacheLife(profile: string | CacheLife): void {
  const { context, use } = insideFunction('cacheLife')
  use.live(lifeOf(profile, profilesOf(context.invocation.target.generation)))
}

/**
 * Adds tags by which the result of the running cached function can be revalidated.
 * @throws Error outside of a function with `'use cache'`, and without `cacheComponents`.
 */
export function cacheTag(...tags: string[]): void {
  insideFunction('cacheTag').use.note({ tags: usableTags(tags, '`cacheTag()`') })
}

function insideFunction(name: string): { context: RequestContext; use: FunctionUse } {
  const context = currentContext()
  const config = context?.invocation.target.generation.manifest.config
  if (
    context === undefined ||
    (config?.['cacheComponents'] !== true && !usesCache(config?.['experimental']))
  ) {
    throw new Error(`\`${name}()\` is only available with the \`cacheComponents\` config.`)
  }
  const use = currentCacheScope()?.use
  if (!(use instanceof FunctionUse)) {
    throw new Error(
      `Route "${context.route}": \`${name}()\` can only be called inside a \`"use cache"\` or \`"use cache: private"\` function.`,
    )
  }
  return { context, use }
}

function usesCache(experimental: unknown): boolean {
  return (experimental as { useCache?: unknown } | undefined)?.useCache === true
}

/** Resolves at once: a route handler always runs for a request. */
export function io(): Promise<void> {
  return Promise.resolve()
}

/** Resolves, as {@link io} does. */
export const navigation = io
/** Resolves, as {@link io} does. */
export const prefetch = io
/** The former name of {@link cacheLife}. */
export const unstable_cacheLife = cacheLife
/** The former name of {@link cacheTag}. */
export const unstable_cacheTag = cacheTag

/**
 * @throws Error inside a cached function, whose own result would be revalidated while it is made.
 */
function rejectInCachedFunction(call: string): void {
  rejectInsideCache(
    currentContext()?.route ?? '',
    call,
    () =>
      "can't be called inside a cached function. Call it from a Server Action or Route Handler instead.",
    'https://nextjs.org/docs/messages/revalidate-in-use-cache',
  )
}

export default {
  unstable_cache,
  updateTag,
  revalidateTag,
  revalidatePath,
  refresh,
  unstable_noStore,
  io,
  cacheLife,
  cacheTag,
  navigation,
  prefetch,
  unstable_cacheLife,
  unstable_cacheTag,
}
