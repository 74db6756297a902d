/** The lifetime and tags of a cached result. */
export interface CacheLifetime {
  /** Seconds after which it is renewed; false: never. */
  readonly revalidate?: number | false | undefined
  /** Seconds after which it must not be used. */
  readonly expire?: number | undefined
  readonly tags?: Iterable<string> | undefined
}

/**
 * What a result depends on: the shortest lifetime of all cached values that were used for it, and
 * their tags. The result must not be cached longer.
 */
export class CacheUse {
  /** Seconds; false without a limit. */
  revalidate: number | false = false
  /** Seconds; undefined without a limit. */
  expire: number | undefined = undefined
  readonly tags = new Set<string>()

  /** Records the lifetime of a value that was used. */
  note({ revalidate, expire, tags }: CacheLifetime): void {
    if (
      typeof revalidate === 'number' &&
      (this.revalidate === false || revalidate < this.revalidate)
    ) {
      this.revalidate = revalidate
    }
    if (expire !== undefined && (this.expire === undefined || expire < this.expire))
      this.expire = expire
    for (const tag of tags ?? []) this.tags.add(tag)
  }
}
