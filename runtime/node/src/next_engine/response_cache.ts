/**
 * Next.js's cache of `fetch`, `unstable_cache` and static responses, stored in the data cache that
 * all workers share: a tag that a route of one engine revalidates also applies to routes of the
 * other.
 */
import { DataCache } from '../cache/data_cache.ts'
import type { Generation } from '../project/generation.ts'
import type { CacheControl, Context, Entry, Value } from './cached_entry.ts'
import { parseValue, textOfValue } from './cached_value.ts'
import { forgetPage, isPast, type KeptPage, PageFill } from './page_fill.ts'
import type { ProjectNext } from './project_next.ts'
import { seedsOf } from './seeds.ts'

/** Next.js's own tag states in this process, which it checks besides an entry's age. */
type TagMarks = Map<string, { stale?: number; expired?: number }>

/** The class that entries construct for each request. */
export interface ResponseCacheClass {
  new (): ResponseCache
}

interface ResponseCache {
  get(key: string, context: Context): Promise<Entry | null>
  set(key: string, value: Value | null, context: Context): Promise<void>
  revalidateTag(tags: string | readonly string[], durations?: { expire?: number }): Promise<void>
  resetRequestCache(): void
}

const tagsField = 'x-next-cache-tags'
/** Next.js takes entries with this tag for stale, in this process. */
const staleTag = 'millrace-stale'
const ofFetch = 'FETCH'

/**
 * Creates the cache class of one build; it does not use responses that other builds have stored.
 */
export function responseCacheOf({ manifest }: Generation, next: ProjectNext): ResponseCacheClass {
  const { tagsManifest } = next.load<{ tagsManifest: TagMarks }>(
    'next/dist/server/lib/incremental-cache/tags-manifest.external.js',
  )
  tagsManifest.set(staleTag, { stale: Infinity })
  const prefix = `next ${manifest.buildId} `
  const seeds = seedsOf(next)

  const initialLifetimes = initialLifetimesOf(next)

  return class implements ResponseCache {
    /** Set if the server's cache is being filled. */
    readonly #fill = PageFill.current()
    /**
     * The moment of the lookup of each value that is being made: tags revalidated since then apply
     * to it.
     */
    readonly #lookups = new Map<string, number>()

    async get(key: string, context: Context): Promise<Entry | null> {
      const lookupTags =
        context.kind === ofFetch ? [...(context.tags ?? []), ...(context.softTags ?? [])] : []
      let found = await DataCache.shared.get(prefix + key, lookupTags)
      if (found.state === 'none' && context.kind !== ofFetch) {
        const seed = await seeds.read(key, context)
        if (seed !== null) {
          store(prefix + key, seed, 0, tagsOf(seed.value))
          found = await DataCache.shared.get(prefix + key, lookupTags)
        }
      }
      this.#lookups.set(key, found.at)
      if (found.state === 'none') return null
      const entry = parseValue(found.value!) as Entry
      if (this.#fill !== undefined && isPage(context)) {
        const page = keptPage(key, entry, entry.cacheControl ?? initialLifetimes(key))
        // The server has no use for a stale one.
        if (found.state === 'stale' || isPast(page, Date.now())) return null
        this.#fill.noteFound(page)
      }
      return found.state === 'stale' ? staled(entry, context) : entry
    }

    async set(key: string, value: Value | null, context: Context): Promise<void> {
      const entry: Entry = {
        value: withoutStaleTag(value),
        lastModified: Date.now(),
        cacheControl: context.cacheControl,
      }
      store(
        prefix + key,
        entry,
        this.#lookups.get(key) ?? 0,
        context.fetchCache === true ? (context.tags ?? []) : tagsOf(value),
      )
      if (!isPage(context)) return
      if (this.#fill === undefined) forgetPage(key)
      else this.#fill.noteMade(keptPage(key, entry, context.cacheControl))
    }

    async revalidateTag(
      tags: string | readonly string[],
      durations?: { expire?: number },
    ): Promise<void> {
      const list = [tags].flat()
      if (list.length > 0) DataCache.shared.revalidate(list, durations ?? null)
    }

    resetRequestCache(): void {}
  }
}

/** Whether it is a page itself, and no shell that stands for one. */
function isPage({ kind, isFallback }: Context): boolean {
  return (kind === 'APP_PAGE' || kind === 'PAGES') && isFallback !== true
}

function keptPage(
  key: string,
  { value, lastModified }: Entry,
  lifetime: CacheControl | undefined,
): KeptPage {
  return { key, lifetime, tags: tagsOf(value), madeAt: lastModified }
}

/** What the build says of pages that nobody has rendered since. */
function initialLifetimesOf(next: ProjectNext): (key: string) => CacheControl | undefined {
  return (key) => {
    // The page's path is the end of its key; in older versions it is all of it.
    const path = key.slice(key.indexOf('/$/') < 0 ? 0 : key.indexOf('/$/') + 2)
    const { routes } = next.prerenderManifest
    const found = routes[path === '/index' ? '/' : path.replace(/^\/index(?=\/index)/, '')]
    if (found?.initialRevalidateSeconds === undefined) return undefined
    return { revalidate: found.initialRevalidateSeconds, expire: found.initialExpireSeconds }
  }
}

/** In the shared cache only tags expire an entry: Next.js checks its age. */
function store(key: string, entry: Entry, at: number, tags: readonly string[]): void {
  DataCache.shared.set(key, textOfValue(entry), at, { revalidate: false, tags })
}

function tagsOf(value: Value | null): readonly string[] {
  const tags = value?.headers?.[tagsField]
  return typeof tags === 'string' && tags !== '' ? tags.split(',') : []
}

/** Removes the stale tag from a value that Next.js stores again because renewing it has failed. */
function withoutStaleTag(value: Value | null): Value | null {
  const tags = tagsOf(value)
  if (value === null || !tags.includes(staleTag)) return value
  return {
    ...value,
    headers: { ...value.headers, [tagsField]: tags.filter((tag) => tag !== staleTag).join(',') },
  }
}

/** Returns an entry that Next.js takes for stale: it uses the entry and renews it. */
function staled(
  { value, lastModified, cacheControl }: Entry,
  { kind, revalidate }: Context,
): Entry {
  if (value === null) return { value, lastModified: 0, cacheControl }
  if (kind === ofFetch) {
    // For fetches, Next.js checks only the age.
    const life = revalidate || value.revalidate || 0
    return { value, lastModified: Date.now() - (life + 1) * 1000 }
  }
  const tags = [...tagsOf(value), staleTag].join(',')
  return {
    value: { ...value, headers: { ...value.headers, [tagsField]: tags } },
    lastModified,
    cacheControl,
  }
}
