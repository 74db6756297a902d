/**
 * Next.js's cache of functions with `'use cache'`, stored in the data cache that all workers share.
 */
import { DataCache } from '../cache/data_cache.ts'

/** See `CacheEntry` in Next.js: times in seconds, except `timestamp` in milliseconds. */
interface Entry {
  readonly value: ReadableStream<Uint8Array>
  readonly tags: readonly string[]
  readonly stale: number
  readonly timestamp: number
  readonly expire: number
  readonly revalidate: number
}

type StoredEntry = Omit<Entry, 'value'> & { readonly value: string }

const prefix = 'next use cache '
/**
 * How many results that are being made are remembered. Beyond that, the oldest one counts as begun
 * before every revalidation of its tags, so it may expire too early.
 */
const maxLookups = 4096

/**
 * The handler of the kinds `default` and `remote`; see `cacheHandlers` in Next.js's documentation.
 */
export class FunctionCache {
  /**
   * The moment of the lookup of each result that is being made: tags revalidated since then apply
   * to it.
   */
  readonly #lookups = new Map<string, number>()

  async get(key: string, softTags: readonly string[]): Promise<Entry | undefined> {
    const { state, value, at } = await DataCache.shared.get(prefix + key, softTags)
    if (state !== 'fresh') this.#recordLookup(key, at)
    if (state === 'none') return undefined
    const { value: bytes, ...rest } = JSON.parse(value!) as StoredEntry
    return {
      ...rest,
      value: streamOf(Buffer.from(bytes, 'base64')),
      ...(state === 'stale' ? { revalidate: -1 } : {}),
    }
  }

  async set(key: string, pending: Promise<Entry>): Promise<void> {
    const { value, ...rest } = await pending
    const at = this.#lookups.get(key) ?? 0
    this.#lookups.delete(key)
    const chunks: Uint8Array[] = []
    // A result whose stream fails is not stored.
    for await (const chunk of value) chunks.push(chunk)
    const stored: StoredEntry = { ...rest, value: Buffer.concat(chunks).toString('base64') }
    DataCache.shared.set(prefix + key, JSON.stringify(stored), at, {
      revalidate: rest.revalidate,
      expire: rest.expire,
      tags: rest.tags,
    })
  }

  /** The shared cache applies revalidated tags at once. */
  async refreshTags(): Promise<void> {}

  /** Soft tags are sent with each lookup. */
  async getExpiration(): Promise<number> {
    return Infinity
  }

  async updateTags(tags: readonly string[], durations?: { expire?: number }): Promise<void> {
    if (tags.length > 0) DataCache.shared.revalidate(tags, durations ?? null)
  }

  #recordLookup(key: string, at: number): void {
    this.#lookups.delete(key)
    this.#lookups.set(key, at)
    if (this.#lookups.size > maxLookups) this.#lookups.delete(this.#lookups.keys().next().value!)
  }
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}
