/** What Next.js keeps in its caches of `fetch` and of responses, as its `CacheHandler` has it. */

/** What `get` and `set` are told besides the key; see `CacheHandler` in Next.js. */
export interface Context {
  readonly kind?: string
  readonly tags?: readonly string[]
  readonly softTags?: readonly string[]
  readonly fetchCache?: boolean
  readonly revalidate?: number | false
  readonly cacheControl?: CacheControl
}

export interface CacheControl {
  readonly revalidate: number | false
  readonly expire?: number
}

/** A kept page, answer of a route handler, or answer of `fetch`. */
export interface Value {
  readonly kind: string
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
  readonly revalidate?: number
}

/** What is kept under a key. A page that is not there has no value. */
export interface Entry {
  readonly value: Value | null
  readonly lastModified: number
  readonly cacheControl?: CacheControl | undefined
}
