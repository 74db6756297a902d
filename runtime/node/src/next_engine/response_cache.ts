/**
 * Next.js's cache of `fetch`, `unstable_cache` and answers of static `GET`s, kept in the cache that
 * all workers share: a tag that a route of either engine revalidates holds for the other's.
 */
import { DataCache } from '../cache/data_cache.ts'
import type { Generation } from '../project/generation.ts'
import type { Context, Entry, Value } from './cached_entry.ts'
import { parseValue, textOfValue } from './cached_value.ts'
import type { ProjectNext } from './project_next.ts'
import { seedsOf } from './seeds.ts'

/** Next.js's own marks of tags in this process: what it looks at besides an entry's age. */
type TagMarks = Map<string, { stale?: number; expired?: number }>

/** What entries construct, once for each request. */
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
/** Next.js counts what has this tag as stale, in this process. */
const staleTag = 'millrace-stale'
const ofFetch = 'FETCH'

/** The cache of one build: what other builds have kept of answers is none of its. */
export function responseCacheOf({ manifest }: Generation, next: ProjectNext): ResponseCacheClass {
  const { tagsManifest } = next.load<{ tagsManifest: TagMarks }>(
    'next/dist/server/lib/incremental-cache/tags-manifest.external.js',
  )
  tagsManifest.set(staleTag, { stale: Infinity })
  const prefix = `next ${manifest.buildId} `
  const seeds = seedsOf(next)

  return class implements ResponseCache {
    /** When what is being made was looked for: tags revalidated since then count. */
    readonly #looked = new Map<string, number>()

    async get(key: string, context: Context): Promise<Entry | null> {
      const asked =
        context.kind === ofFetch ? [...(context.tags ?? []), ...(context.softTags ?? [])] : []
      let found = await DataCache.shared.get(prefix + key, asked)
      if (found.state === 'none' && context.kind !== ofFetch) {
        const seed = await seeds.read(key, context)
        if (seed !== null) {
          keep(prefix + key, seed, 0, tagsOf(seed.value))
          found = await DataCache.shared.get(prefix + key, asked)
        }
      }
      this.#looked.set(key, found.at)
      if (found.state === 'none') return null
      return found.state === 'stale'
        ? staled(parseValue(found.value!) as Entry, context)
        : (parseValue(found.value!) as Entry)
    }

    async set(key: string, value: Value | null, context: Context): Promise<void> {
      const entry: Entry = {
        value: withoutStaleTag(value),
        lastModified: Date.now(),
        cacheControl: context.cacheControl,
      }
      keep(
        prefix + key,
        entry,
        this.#looked.get(key) ?? 0,
        context.fetchCache === true ? (context.tags ?? []) : tagsOf(value),
      )
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

/** Of what is kept, tags alone decide in the shared cache: Next.js looks at the age. */
function keep(key: string, entry: Entry, at: number, tags: readonly string[]): void {
  DataCache.shared.set(key, textOfValue(entry), at, { revalidate: false, tags })
}

function tagsOf(value: Value | null): readonly string[] {
  const tags = value?.headers?.[tagsField]
  return typeof tags === 'string' && tags !== '' ? tags.split(',') : []
}

/** What could not be made anew is kept as it was. */
function withoutStaleTag(value: Value | null): Value | null {
  const tags = tagsOf(value)
  if (value === null || !tags.includes(staleTag)) return value
  return {
    ...value,
    headers: { ...value.headers, [tagsField]: tags.filter((tag) => tag !== staleTag).join(',') },
  }
}

/** One that Next.js takes for stale: it hands it out, and makes it anew. */
function staled(
  { value, lastModified, cacheControl }: Entry,
  { kind, revalidate }: Context,
): Entry {
  if (value === null) return { value, lastModified: 0, cacheControl }
  if (kind === ofFetch) {
    // It goes by the age alone.
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
