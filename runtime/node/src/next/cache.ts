/** `next/cache` for routes under Millrace: what its functions can mean for routes. */
import { refuseInsideCache } from '../app/cache_scope.ts'
import { currentContext } from '../app/context.ts'
import { DataCache, type TagProfile } from '../app/data_cache.ts'
import { pathTagPrefix } from '../app/implicit_tags.ts'
import { unstable_cache } from '../app/unstable_cache.ts'

export { unstable_cache }

const maxPath = 1024

/** Makes every value that was kept with the tag stale. */
export function revalidateTag(tag: string, profile?: string | TagProfile): void {
  if (profile === undefined) {
    console.warn(
      '"revalidateTag" without the second argument is now deprecated, add second argument of "max" or use "updateTag". See more info here: https://nextjs.org/docs/messages/revalidate-tag-single-arg',
    )
  }
  refuseWhileCaching(`revalidateTag(${JSON.stringify(tag)})`)
  // With a profile that lets stale values live, the next reader still gets one while it is renewed.
  const expire = typeof profile === 'object' ? profile.expire : undefined
  revalidate(tag, profile === undefined ? null : expire === undefined ? {} : { expire })
}

/** Makes every value that was kept for the path stale. */
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
  refuseWhileCaching(`revalidatePath(${JSON.stringify(path)})`)
  const trimmed = path.length > 1 ? path.replace(/\/$/, '') : path
  revalidate(`${pathTagPrefix}${trimmed}${type === undefined ? '' : `${trimmed.endsWith('/') ? '' : '/'}${type}`}`, null)
}

function revalidate(tag: string, profile: TagProfile | null): void {
  currentContext()?.revalidatedTags.add(tag)
  DataCache.shared.revalidate([tag], profile)
}

/** @throws Error always: it is for Server Actions. */
export function updateTag(_tag: string): never {
  throw new Error(
    'updateTag can only be called from within a Server Action. To invalidate cache tags in Route Handlers or other contexts, use revalidateTag instead. See more info here: https://nextjs.org/docs/app/api-reference/functions/updateTag',
  )
}

/** @throws Error always: it is for Server Actions. */
export function refresh(): never {
  throw new Error(
    'refresh can only be called from within a Server Action. See more info here: https://nextjs.org/docs/app/api-reference/functions/refresh',
  )
}

/** Nothing: a route handler's answer is not kept. */
export function unstable_noStore(): void {}

/** @throws Error always: `cacheComponents` is for rendering. */
export function cacheLife(_profile: string | object): never {
  throw new Error('`cacheLife()` is only available with the `cacheComponents` config.')
}

/** @throws Error always: `cacheComponents` is for rendering. */
export function cacheTag(..._tags: string[]): never {
  throw new Error('`cacheTag()` is only available with the `cacheComponents` config.')
}

/** Resolves: a route handler always runs for a request. */
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

/** @throws Error inside of a cached function, whose result would not survive its own making. */
function refuseWhileCaching(call: string): void {
  refuseInsideCache(
    currentContext()?.route ?? '',
    call,
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
