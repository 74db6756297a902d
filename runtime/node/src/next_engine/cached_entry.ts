/** The entries of Next.js's caches of `fetch` and of responses; see `CacheHandler` in Next.js. */

/** The options of `get` and `set`. */
export interface Context {
  readonly kind?: string
  readonly tags?: readonly string[]
  readonly softTags?: readonly string[]
  readonly fetchCache?: boolean
  readonly revalidate?: number | false
  readonly cacheControl?: CacheControl
  /** Whether it is of a shell that stands for many pages. */
  readonly isFallback?: boolean
}

/** Seconds; `false` for ever. */
export interface CacheControl {
  readonly revalidate: number | false
  readonly expire?: number | undefined
}

/** A stored page, response of a route handler, or response of `fetch`. */
export interface Value {
  readonly kind: string
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
  readonly revalidate?: number
}

/** The entry of a key. A page that does not exist has no value. */
export interface Entry {
  readonly value: Value | null
  readonly lastModified: number
  readonly cacheControl?: CacheControl | undefined
}
