/** Next.js's cache of functions with `'use cache'`, kept in the cache that all workers share. */
import { DataCache } from '../cache/data_cache.ts'

/** See `CacheEntry` in Next.js: times in seconds, but for `timestamp` in milliseconds. */
interface Entry {
  readonly value: ReadableStream<Uint8Array>
  readonly tags: readonly string[]
  readonly stale: number
  readonly timestamp: number
  readonly expire: number
  readonly revalidate: number
}

type Kept = Omit<Entry, 'value'> & { readonly value: string }

const prefix = 'next use cache '
/**
 * So many results that are being made are remembered: past that, tags revalidated while one is made
 * do not count for the oldest.
 */
const maxLooked = 4096

/**
 * The handler of the kinds `default` and `remote`; see `cacheHandlers` in Next.js's documentation.
 */
export class FunctionCache {
  /** When a result that is being made was looked for: tags revalidated since then count. */
  readonly #looked = new Map<string, number>()

  async get(key: string, softTags: readonly string[]): Promise<Entry | undefined> {
    const { state, value, at } = await DataCache.shared.get(prefix + key, softTags)
    if (state !== 'fresh') this.#look(key, at)
    if (state === 'none') return undefined
    const { value: bytes, ...rest } = JSON.parse(value!) as Kept
    return {
      ...rest,
      value: streamOf(Buffer.from(bytes, 'base64')),
      ...(state === 'stale' ? { revalidate: -1 } : {}),
    }
  }

  async set(key: string, pending: Promise<Entry>): Promise<void> {
    const { value, ...rest } = await pending
    const at = this.#looked.get(key) ?? 0
    this.#looked.delete(key)
    const chunks: Uint8Array[] = []
    // What breaks off is not kept.
    for await (const chunk of value) chunks.push(chunk)
    const kept: Kept = { ...rest, value: Buffer.concat(chunks).toString('base64') }
    DataCache.shared.set(prefix + key, JSON.stringify(kept), at, {
      revalidate: rest.revalidate,
      expire: rest.expire,
      tags: rest.tags,
    })
  }

  /** The shared cache knows of revalidated tags at once. */
  async refreshTags(): Promise<void> {}

  /** Soft tags are asked for with each key. */
  async getExpiration(): Promise<number> {
    return Infinity
  }

  async updateTags(tags: readonly string[], durations?: { expire?: number }): Promise<void> {
    if (tags.length > 0) DataCache.shared.revalidate(tags, durations ?? null)
  }

  #look(key: string, at: number): void {
    this.#looked.delete(key)
    this.#looked.set(key, at)
    if (this.#looked.size > maxLooked) this.#looked.delete(this.#looked.keys().next().value!)
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
