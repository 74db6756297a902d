import type { CacheLifetime } from './cache_use.ts'

/** What a key leads to. */
export interface Found {
  /** A stale value may be handed out, by whoever renews it. */
  readonly state: 'fresh' | 'stale' | 'none'
  /** The kept text; there unless the state is `none`. */
  readonly value?: string
  /** Seconds since it was kept. */
  readonly age?: number
  readonly tags?: readonly string[]
  /**
   * When this was found: what is made because of it is kept as of then, for tags revalidated
   * meanwhile.
   */
  readonly at: number
}

/** How long a revalidated value may still be handed out: seconds; nothing for ever. */
export interface TagProfile {
  readonly expire?: number
}

/** Asks for the cache that all workers share; `CacheClient` is one. */
export interface SharedCache {
  ask(question: object): Promise<Partial<Found> & { readonly status?: number }>
}

interface Entry extends CacheLifetime {
  readonly value: string
  readonly tags: readonly string[]
  /** Milliseconds since the epoch: when it was kept. */
  readonly made: number
  /** By {@link DataCache}'s count of moments: when its making began. */
  readonly at: number
}

/** When a tag was last revalidated, in each of the two ways. */
interface Revalidation {
  /** What was begun before is stale, but may be handed out while it is renewed. */
  stale: number
  /** What was begun before is gone. */
  gone: number
}

/** The longest text that is kept, in UTF-8 bytes, as Next.js's fetch cache. */
const longestValue = 2 * 1024 * 1024
const maxEntries = 10_000
/** Taken before a build guards it. */
const { now } = Date

/**
 * Texts kept under keys, with lifetimes and tags: in the server, for all of its workers, once there
 * is one; else in this process, as during a build.
 */
export class DataCache {
  /** The one of this process. */
  static readonly shared = new DataCache()

  readonly #entries = new Map<string, Entry>()
  readonly #revalidated = new Map<string, Revalidation>()
  readonly #running = new Map<string, Promise<unknown>>()
  #fetching = 0
  #moment = 0
  #shared: SharedCache | null = null

  /** From now on values are kept there. */
  connect(shared: SharedCache): void {
    this.#shared = shared
  }

  /**
   * Looks up a key.
   * @param tags of the request, which count beside the value's own.
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
   * Keeps a text. One that is too long is not kept.
   * @param at of what was found before it was made.
   */
  set(key: string, value: string, at: number, { revalidate, expire, tags }: CacheLifetime): void {
    if (Buffer.byteLength(value) > longestValue) return
    const kept = { revalidate: revalidate ?? false, expire, tags: [...(tags ?? [])] }
    if (this.#shared !== null) {
      const question = {
        op: 'set',
        key: wellFormed(key),
        value: wellFormed(value),
        ...kept,
        tags: kept.tags.map(wellFormed),
        at,
      }
      this.#shared.ask(question).catch(tell)
      return
    }
    this.#entries.delete(key)
    this.#entries.set(key, { ...kept, value, made: now(), at })
    if (this.#entries.size > maxEntries) this.#entries.delete(this.#entries.keys().next().value!)
  }

  /** Revalidates what was begun under the tags up to now: stale with a profile, gone without. */
  revalidate(tags: readonly string[], profile: TagProfile | null): void {
    if (this.#shared !== null) {
      this.#shared.ask({ op: 'revalidate', tags: tags.map(wellFormed), profile }).catch(tell)
      return
    }
    for (const tag of tags) {
      let times = this.#revalidated.get(tag)
      if (times === undefined) this.#revalidated.set(tag, (times = { stale: 0, gone: 0 }))
      times[profile === null || profile.expire === 0 ? 'gone' : 'stale'] = ++this.#moment
    }
  }

  /**
   * Has what is kept of a path's answer made anew.
   * @param onlyKept not where nothing is kept of it yet.
   * @returns the status of the answer; 200 where nothing of the path is kept.
   */
  async refresh(path: string, onlyKept: boolean): Promise<number> {
    const answer = await this.#shared?.ask({
      op: 'refresh',
      path: wellFormed(path),
      only_kept: onlyKept,
    })
    return answer?.status ?? 200
  }

  /**
   * What `make` answers; whoever asks for the same key while it runs gets the same. Two workers may
   * both run theirs.
   */
  once<T>(key: string, make: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key) as Promise<T> | undefined
    if (running !== undefined) return running
    const promise = make().finally(() => this.#running.delete(key))
    this.#running.set(key, promise)
    return promise
  }

  /** Whether something is being made. */
  get busy(): boolean {
    return this.#running.size > 0 || this.#fetching > 0
  }

  /** Counts an answer of another server that is being fetched to be kept. */
  async fetching<T>(answer: Promise<T>): Promise<T> {
    this.#fetching++
    try {
      return await answer
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
      if (times.gone > entry.at) return 'none'
      if (times.stale > entry.at) stale = true
    }
    return stale ? 'stale' : 'fresh'
  }
}

/**
 * Half a surrogate pair, which clients can bring into keys and tags, has no JSON: it gets another
 * name, never the same.
 */
function wellFormed(text: string): string {
  return text.isWellFormed()
    ? text
    : text.replace(/\p{Surrogate}/gu, (half) => `\ufffd${half.charCodeAt(0).toString(16)}`)
}

function tell(error: unknown): void {
  console.error(error)
}
