import type { CacheLifetime } from './cache_use.ts'

/** The result of a lookup. */
export interface Found {
  /** A stale value can be used by the caller, which must renew it. */
  readonly state: 'fresh' | 'stale' | 'none'
  /** The cached text; present unless the state is `none`. */
  readonly value?: string
  /** Seconds since it was stored. */
  readonly age?: number
  readonly tags?: readonly string[]
  /**
   * The moment of the lookup. A value that is made because of it is stored as of that moment, so
   * that tags revalidated in the meantime apply to it.
   */
  readonly at: number
}

/** How many seconds a revalidated value may still be used; no limit if undefined. */
export interface TagProfile {
  readonly expire?: number
}

/** The cache that all workers share; `CacheClient` implements it. */
export interface SharedCache {
  ask(request: object): Promise<Partial<Found> & { readonly status?: number }>
}

interface Entry extends CacheLifetime {
  readonly value: string
  readonly tags: readonly string[]
  /** When it was stored, in milliseconds since the epoch. */
  readonly made: number
  /** When its making began, in moments of the {@link DataCache}. */
  readonly at: number
}

/** The moments at which a tag was last revalidated, in either way. */
interface Revalidation {
  /** Values begun earlier are stale, but can be used while they are renewed. */
  stale: number
  /** Values begun earlier have expired. */
  expired: number
}

/** The longest text that is cached, in UTF-8 bytes, as in Next.js's fetch cache. */
const longestValue = 2 * 1024 * 1024
const maxEntries = 10_000
/** Saved before a build replaces it. */
const { now } = Date

/**
 * Cached texts by key, with lifetimes and tags. They are stored in the server, for all its workers,
 * once connected; otherwise in this process, as during a build.
 */
export class DataCache {
  /** The instance of this process. */
  static readonly shared = new DataCache()

  readonly #entries = new Map<string, Entry>()
  readonly #revalidated = new Map<string, Revalidation>()
  readonly #running = new Map<string, Promise<unknown>>()
  #fetching = 0
  #moment = 0
  #shared: SharedCache | null = null

  /** From now on, values are stored in `shared`. */
  connect(shared: SharedCache): void {
    this.#shared = shared
  }

  /**
   * Looks up a key.
   * @param tags of the request, which apply besides the value's own.
   */
  async get(key: string, tags: readonly string[]): Promise<Found> {
    if (this.#shared !== null) {
      const {
        state = 'none',
        at = 0,
        ...rest
      } = await this.#shared.ask({ op: 'get', key: wellFormed(key), tags: tags.map(wellFormed) })
      return { ...rest, state, at }
    }
    const at = ++this.#moment
    const entry = this.#entries.get(key)
    const state = entry === undefined ? 'none' : this.#stateOf(entry, tags)
    if (entry === undefined || state === 'none') return { state, at }
    return { state, value: entry.value, age: (now() - entry.made) / 1000, tags: entry.tags, at }
  }

  /**
   * Stores a text. A text that is too long is not stored.
   * @param at the moment of the lookup that preceded its making.
   */
  set(key: string, value: string, at: number, { revalidate, expire, tags }: CacheLifetime): void {
    if (Buffer.byteLength(value) > longestValue) return
    const options = { revalidate: revalidate ?? false, expire, tags: [...(tags ?? [])] }
    if (this.#shared !== null) {
      const request = {
        op: 'set',
        key: wellFormed(key),
        value: wellFormed(value),
        ...options,
        tags: options.tags.map(wellFormed),
        at,
      }
      this.#shared.ask(request).catch(log)
      return
    }
    this.#entries.delete(key)
    this.#entries.set(key, { ...options, value, made: now(), at })
    if (this.#entries.size > maxEntries) this.#entries.delete(this.#entries.keys().next().value!)
  }

  /**
   * Revalidates values begun under the tags before now: they become stale with a profile, and
   * expire without one.
   */
  revalidate(tags: readonly string[], profile: TagProfile | null): void {
    if (this.#shared !== null) {
      this.#shared.ask({ op: 'revalidate', tags: tags.map(wellFormed), profile }).catch(log)
      return
    }
    for (const tag of tags) {
      let times = this.#revalidated.get(tag)
      if (times === undefined) this.#revalidated.set(tag, (times = { stale: 0, expired: 0 }))
      times[profile === null || profile.expire === 0 ? 'expired' : 'stale'] = ++this.#moment
    }
  }

  /**
   * Renews the cached response of a path.
   * @param onlyCached whether a path without a cached response is skipped.
   * @returns the status of the response; 200 if nothing of the path is cached.
   */
  async refresh(path: string, onlyCached: boolean): Promise<number> {
    const reply = await this.#shared?.ask({
      op: 'refresh',
      path: wellFormed(path),
      only_kept: onlyCached,
    })
    return reply?.status ?? 200
  }

  /**
   * Returns the result of `make`; callers with the same key share one run. Two workers may each run
   * theirs.
   */
  once<T>(key: string, make: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key) as Promise<T> | undefined
    if (running !== undefined) return running
    const promise = make().finally(() => this.#running.delete(key))
    this.#running.set(key, promise)
    return promise
  }

  /** Whether a value is being made. */
  get busy(): boolean {
    return this.#running.size > 0 || this.#fetching > 0
  }

  /** Counts an upstream response that is being fetched for the cache. */
  async fetching<T>(response: Promise<T>): Promise<T> {
    this.#fetching++
    try {
      return await response
    } finally {
      this.#fetching--
    }
  }

  #stateOf(entry: Entry, requestTags: readonly string[]): Found['state'] {
    const age = (now() - entry.made) / 1000
    if (entry.expire !== undefined && age > entry.expire) return 'none'
    let stale = typeof entry.revalidate === 'number' && age > entry.revalidate
    for (const tag of [...entry.tags, ...requestTags]) {
      const times = this.#revalidated.get(tag)
      if (times === undefined) continue
      if (times.expired > entry.at) return 'none'
      if (times.stale > entry.at) stale = true
    }
    return stale ? 'stale' : 'fresh'
  }
}

/**
 * Lone surrogates, which clients can put into keys and tags, cannot be encoded as JSON; each is
 * replaced by a distinct text.
 */
function wellFormed(text: string): string {
  return text.isWellFormed()
    ? text
    : text.replace(/\p{Surrogate}/gu, (half) => `\ufffd${half.charCodeAt(0).toString(16)}`)
}

function log(error: unknown): void {
  console.error(error)
}
