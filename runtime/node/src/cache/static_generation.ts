import type { CacheUse } from './cache_use.ts'

/** A route handler asked for what belongs to one request: its answer cannot be kept. */
export class DynamicServerError extends Error {
  readonly digest = 'DYNAMIC_SERVER_USAGE'

  readonly description: string

  constructor(description: string) {
    super(`Dynamic server usage: ${description}`)
    this.description = description
  }
}

/** The same in a route that promised to need no request, by `dynamic = 'error'`. */
export class StaticGenBailoutError extends Error {
  readonly code = 'NEXT_STATIC_GEN_BAILOUT'
}

/** Longer lifetimes, in seconds, are for ever: Next.js's INFINITE_CACHE. */
export const forever = 0xfffffffe

/** How long an answer may be kept, as the link's answers to a `fill` say it. */
export interface Keeping {
  /** Seconds; false: until it is revalidated by a tag; 0: not at all. */
  readonly revalidate: number | false
  /** Seconds; undefined: for ever. */
  readonly expire: number | undefined
  readonly tags: readonly string[]
}

/**
 * The evaluation of a `GET` for the cache: at build, or at the first request for a path. Knows
 * whether the handler has asked for something of the request, which ends it.
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

  /** The answer holds for this request alone; the handler goes on. */
  noteDynamic(): void {
    this.#dynamic = true
  }

  /**
   * The answer holds for this request alone, and the handler ends.
   * @param expression what was used, as messages show it: with its backticks, if any.
   * @throws DynamicServerError always.
   */
  makeDynamic(expression: string): never {
    this.noteDynamic()
    throw new DynamicServerError(
      `Route ${this.#route} couldn't be rendered statically because it used ${expression}. See more info here: https://nextjs.org/docs/messages/dynamic-server-error`,
    )
  }

  /**
   * How long the answer may be kept.
   * @param use what the answer depends on; null where the handler has thrown its answer, as
   * `redirect` does.
   * @param expireTime of next.config: seconds for which a stale answer may be handed out.
   */
  keeping(use: CacheUse | null, tags: readonly string[], expireTime: number): Keeping {
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

/** The fields by which the server learns how long to keep an answer; it takes them out. */
export function keepingFields({ revalidate, expire, tags }: Keeping): string {
  const life = `x-millrace-revalidate: ${revalidate}\r\n${expire === undefined ? '' : `x-millrace-expire: ${expire}\r\n`}`
  return `${life}x-millrace-tags: ${[...new Set(tags)].map(encodeURIComponent).join(',')}\r\n`
}
