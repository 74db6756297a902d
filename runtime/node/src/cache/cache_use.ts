/** What a cached piece of work says of the life of its result. */
export interface CacheLifetime {
  /** Seconds after which it is renewed; false: never. */
  readonly revalidate?: number | false | undefined
  /** Seconds after which it must not be handed out. */
  readonly expire?: number | undefined
  readonly tags?: Iterable<string> | undefined
}

/**
 * What the result of some work depends on: the shortest life of all cached values it has used, and
 * their tags. The result of the work must not be kept longer.
 */
export class CacheUse {
  /** Seconds; false where nothing limits it. */
  revalidate: number | false = false
  /** Seconds; undefined where nothing limits it. */
  expire: number | undefined = undefined
  readonly tags = new Set<string>()

  /** Takes in what a value that was used says. */
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
