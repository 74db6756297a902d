import { runInsideCache } from './cache_scope.ts'

/** How long a value may be used; seconds. */
export interface CacheProfile {
  readonly stale?: number
  readonly revalidate?: number
  readonly expire?: number
}

/** What `unstable_cache()` takes besides the function. */
export interface CacheOptions {
  /** Seconds after which the value is renewed; false keeps it until its tag is revalidated. */
  readonly revalidate?: number | false
  readonly tags?: readonly string[]
}

interface Entry {
  /** Milliseconds since the epoch. */
  readonly made: number
  /** Milliseconds. */
  readonly lasts: number
  readonly tags: readonly string[]
  /** The value as JSON, so that no reader changes it for the next; undefined has none. */
  readonly text: string | undefined
}

/** When a tag was last revalidated, in each of the two ways. */
interface Revalidation {
  /** What was made before is stale, but may be handed out while it is renewed. */
  stale: number
  /** What was made before is gone. */
  gone: number
}

const maxEntries = 10_000

/** Asks for the cache that all workers share; {@link CacheClient} is one. */
export interface SharedCache {
  ask(question: object): Promise<{ readonly state?: 'fresh' | 'stale' | 'none'; readonly value?: string }>
}

/**
 * Values kept by functions of `unstable_cache`: in the server, for all of its workers, once there is one;
 * else in this process.
 */
export class DataCache {
  /** The one of this worker. */
  static readonly shared = new DataCache()

  readonly #entries = new Map<string, Entry>()
  readonly #revalidated = new Map<string, Revalidation>()
  readonly #running = new Map<string, Promise<string | undefined>>()
  #clock = 0
  #shared: SharedCache | null = null

  /** From now on values are kept there. */
  connect(shared: SharedCache): void {
    this.#shared = shared
  }

  /** Makes what was kept with the tag up to now stale; `expire`: seconds for which it may still be handed out. */
  revalidate(tag: string, soft: boolean, expire?: number): void {
    if (this.#shared !== null) {
      const profile = soft ? (expire === undefined ? {} : { expire }) : null
      this.#shared.ask({ op: 'revalidate', tags: [tag], profile }).catch(tell)
      return
    }
    let times = this.#revalidated.get(tag)
    if (times === undefined) this.#revalidated.set(tag, (times = { stale: 0, gone: 0 }))
    times[soft ? 'stale' : 'gone'] = this.#tick()
  }

  /** The value under `key`, made by `make` where there is none to use. */
  async read(key: string, options: CacheOptions, make: () => Promise<unknown>): Promise<unknown> {
    if (this.#shared !== null) return this.#readShared(this.#shared, key, options, make)
    const entry = this.#entries.get(key)
    const state = entry === undefined ? 'gone' : this.#stateOf(entry)
    if (state === 'fresh') return parsed(entry!.text)
    const renewed = this.#renew(key, options, make)
    if (state === 'gone') return parsed(await renewed)
    renewed.catch((error: unknown) => console.error('revalidating cache with key:', key, error))
    return parsed(entry!.text)
  }

  async #readShared(shared: SharedCache, key: string, options: CacheOptions, make: () => Promise<unknown>): Promise<unknown> {
    const { state, value } = await shared.ask({ op: 'get', key, tags: [] })
    if (state === 'fresh') return parsed(value)
    const renewed = this.#renewShared(shared, key, options, make)
    if (state === 'none') return parsed(await renewed)
    renewed.catch((error: unknown) => console.error('revalidating cache with key:', key, error))
    return parsed(value)
  }

  /** One making at a time in this process; two workers may both make a value, and the later one stays. */
  #renewShared(shared: SharedCache, key: string, options: CacheOptions, make: () => Promise<unknown>): Promise<string | undefined> {
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const promise = make()
      .then((made) => {
        const text = JSON.stringify(made) as string | undefined
        const revalidate = options.revalidate ?? false
        // No text of JSON is empty: that stands for undefined.
        shared.ask({ op: 'set', key, value: text ?? '', revalidate, expire: null, tags: options.tags ?? [] }).catch(tell)
        return text
      })
      .finally(() => this.#running.delete(key))
    this.#running.set(key, promise)
    return promise
  }

  #stateOf(entry: Entry): 'fresh' | 'stale' | 'gone' {
    let stale = Date.now() - entry.made > entry.lasts
    for (const tag of entry.tags) {
      const times = this.#revalidated.get(tag)
      if (times === undefined) continue
      if (times.gone > entry.made) return 'gone'
      if (times.stale > entry.made) stale = true
    }
    return stale ? 'stale' : 'fresh'
  }

  #renew(key: string, options: CacheOptions, make: () => Promise<unknown>): Promise<string | undefined> {
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const made = this.#tick()
    const lasts = typeof options.revalidate === 'number' ? options.revalidate * 1000 : Infinity
    const promise = make()
      .then((value) => {
        const text = JSON.stringify(value) as string | undefined
        this.#entries.delete(key)
        this.#entries.set(key, { made, lasts, tags: options.tags ?? [], text })
        if (this.#entries.size > maxEntries) this.#entries.delete(this.#entries.keys().next().value!)
        return text
      })
      .finally(() => this.#running.delete(key))
    this.#running.set(key, promise)
    return promise
  }

  /** The time, never the same twice: what happens in one millisecond has an order too. */
  #tick(): number {
    return (this.#clock = Math.max(Date.now(), this.#clock + 0.001))
  }
}

function parsed(text: string | undefined): unknown {
  return text === undefined || text === '' ? undefined : JSON.parse(text)
}

function tell(error: unknown): void {
  console.error(error)
}

/**
 * A function whose results are kept by its arguments, `keyParts` and its own text, as JSON.
 * @throws Error for `revalidate: 0`, which keeps nothing.
 */
export function unstable_cache<A extends unknown[], T>(
  work: (...args: A) => Promise<T>,
  keyParts?: readonly string[],
  options: CacheOptions = {},
): (...args: A) => Promise<T> {
  if (options.revalidate === 0) {
    throw new Error(
      `Invariant revalidate: 0 can not be passed to unstable_cache(), must be "false" or "> 0" ${work.toString()}`,
    )
  }
  const fixedKey = `${work.toString()}-${keyParts?.join(',') ?? ''}`
  return async (...args) => {
    const make = (): Promise<T> => runInsideCache(async () => work(...args))
    return (await DataCache.shared.read(`${fixedKey}-${JSON.stringify(args)}`, options, make)) as T
  }
}
