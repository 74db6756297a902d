import type { CacheUse } from './cache_use.ts'

/** A route handler has used request data: its response cannot be cached. */
export class DynamicServerError extends Error {
  readonly digest = 'DYNAMIC_SERVER_USAGE'

  readonly description: string

  constructor(description: string) {
    super(`Dynamic server usage: ${description}`)
    this.description = description
  }
}

/** The same for a route that has declared with `dynamic = 'error'` that it uses none. */
export class StaticGenBailoutError extends Error {
  readonly code = 'NEXT_STATIC_GEN_BAILOUT'
}

/** Longer lifetimes, in seconds, are unlimited: Next.js's INFINITE_CACHE. */
export const forever = 0xfffffffe

/** How long a response can be cached, as responses to a `fill` tell the server. */
export interface ResponseLifetime {
  /** Seconds; false: until a tag is revalidated; 0: not at all. */
  readonly revalidate: number | false
  /** Seconds; undefined: unlimited. */
  readonly expire: number | undefined
  readonly tags: readonly string[]
}

/**
 * The evaluation of a `GET` for the cache: during a build, or at the first request for a path.
 * Records whether the handler has used request data, which ends it.
 */
export class StaticEvaluation {
  readonly #route: string
  /** Whether the project is being built. */
  readonly building = process.env['NEXT_PHASE'] === 'phase-production-build'
  #dynamic = false

  /** @param route as in the manifest. */
  constructor(route: string) {
    this.#route = route
  }

  /** Records that the response is valid for this request only; the handler continues. */
  noteDynamic(): void {
    this.#dynamic = true
  }

  /**
   * Records that the response is valid for this request only, and ends the handler.
   * @param expression that was used, as messages show it: with its backticks, if any.
   * @throws DynamicServerError always.
   */
  makeDynamic(expression: string): never {
    this.noteDynamic()
    throw new DynamicServerError(
      `Route ${this.#route} couldn't be rendered statically because it used ${expression}. See more info here: https://nextjs.org/docs/messages/dynamic-server-error`,
    )
  }

  /**
   * Returns how long the response can be cached.
   * @param use what the response depends on; null if the handler has thrown the response, as
   * `redirect` does.
   * @param expireTime of next.config: seconds for which a stale response may be served.
   */
  lifetime(use: CacheUse | null, tags: readonly string[], expireTime: number): ResponseLifetime {
    if (this.#dynamic) return { revalidate: 0, expire: undefined, tags: [] }
    if (use === null) return { revalidate: false, expire: undefined, tags }
    const shortest = use.revalidate !== false && use.revalidate >= forever ? false : use.revalidate
    const expire = use.expire !== undefined && use.expire < forever ? use.expire : undefined
    return {
      revalidate: shortest,
      expire: expire ?? (shortest === false || shortest === 0 ? undefined : expireTime),
      tags: [...tags, ...use.tags],
    }
  }
}

/**
 * Returns the fields that tell the server how long to cache a response; the server removes them.
 */
export function lifetimeFields({ revalidate, expire, tags }: ResponseLifetime): string {
  const life = `x-millrace-revalidate: ${revalidate}\r\n${expire === undefined ? '' : `x-millrace-expire: ${expire}\r\n`}`
  return `${life}x-millrace-tags: ${[...new Set(tags)].map(encodeURIComponent).join(',')}\r\n`
}
