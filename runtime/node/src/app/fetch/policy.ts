import { forever } from '../../cache/static_generation.ts'

/** What a call of `fetch` says, and where it is made. */
export interface FetchFacts {
  /** Without credentials; for messages. */
  readonly url: string
  readonly route: string
  readonly method: string
  /** `cache` of the call. */
  readonly cache: string | undefined
  /** `next.revalidate` of the call. */
  readonly revalidate: unknown
  /** Whether the request carries `Authorization` or `Cookie`. */
  readonly personal: boolean
  /** The route's `fetchCache`; `force-no-store` inside of `unstable_cache`. */
  readonly fetchCache: string | undefined
  /** Whether the route has `dynamic = 'force-dynamic'`. */
  readonly forceDynamic: boolean
  /**
   * Seconds for which what the call becomes part of is kept so far; undefined where that is not
   * kept.
   */
  readonly keptFor: number | undefined
  /** Whether it is made while the project is built. */
  readonly building: boolean
  /** Whether `unstable_noStore()` was called before. */
  readonly noStore: boolean
}

/** What becomes of a call. */
export interface FetchDecision {
  /** Seconds for which its answer may be used again: 0 for not at all, {@link forever}. */
  readonly revalidate: number
  /** Whether what the call becomes part of must not outlive it. */
  readonly counts: boolean
  /**
   * Nothing said how to cache it, so it is not cached, and what it becomes part of is all the same.
   */
  readonly incidental: boolean
  /** What is wrong with the call's options, in Next.js's words; it is made all the same. */
  readonly warning: string | undefined
}

/**
 * Decides as Next.js does (docs: route segment config, fetch).
 * @throws Error in Next.js's words for options that contradict each other.
 */
export function decide(facts: FetchFacts): FetchDecision {
  const { fetchCache, forceDynamic, keptFor } = facts
  let { cache, revalidate } = facts
  const numeric = typeof revalidate === 'number' ? revalidate : 0
  const contradictory =
    (cache === 'force-cache' && revalidate === 0) ||
    (cache === 'no-store' && (numeric > 0 || revalidate === false))
  let warning: string | undefined
  if (contradictory) {
    warning = `Specified "cache: ${cache}" and "revalidate: ${String(revalidate)}", only one should be specified.`
    cache = undefined
    revalidate = undefined
  }
  const optsOut =
    cache === 'no-cache' ||
    cache === 'no-store' ||
    fetchCache === 'force-no-store' ||
    fetchCache === 'only-no-store'
  const leftToRoute = !fetchCache && !cache && !revalidate && forceDynamic
  if (cache === 'force-cache' && revalidate === undefined) revalidate = false
  else if (optsOut || leftToRoute) revalidate = 0

  let seconds = secondsOf(revalidate, facts.route)
  const silent =
    fetchCache === undefined &&
    (cache === undefined || cache === 'default') &&
    (revalidate === undefined || revalidate === null)
  const reads = ['get', 'head'].includes(facts.method.toLowerCase())
  const incidental = ((facts.personal || !reads) && keptFor === 0) || (silent && !facts.building)
  refuseContradiction(facts, cache, seconds)
  if (fetchCache === 'force-cache' && (revalidate === undefined || revalidate === 0))
    seconds = forever
  seconds ??= byDefault(facts, incidental)
  return {
    revalidate: seconds,
    incidental,
    counts: keptFor !== undefined && !incidental && seconds < keptFor,
    warning,
  }
}

function byDefault({ fetchCache, noStore, keptFor }: FetchFacts, incidental: boolean): number {
  if (fetchCache === 'default-cache' && !noStore) return forever
  if (fetchCache === 'default-no-store' || noStore || incidental) return 0
  return keptFor ?? forever
}

function refuseContradiction(
  { fetchCache, url }: FetchFacts,
  cache: string | undefined,
  seconds: number | undefined,
): void {
  if (fetchCache === 'only-no-store' && (cache === 'force-cache' || (seconds ?? 0) > 0)) {
    throw new Error(
      `cache: 'force-cache' used on fetch for ${url} with 'export const fetchCache = 'only-no-store'`,
    )
  }
  if (fetchCache === 'only-cache' && cache === 'no-store') {
    throw new Error(
      `cache: 'no-store' used on fetch for ${url} with 'export const fetchCache = 'only-cache'`,
    )
  }
}

function secondsOf(revalidate: unknown, route: string): number | undefined {
  if (revalidate === undefined) return undefined
  if (revalidate === false || revalidate === Infinity) return forever
  if (typeof revalidate === 'number' && revalidate > -1) return revalidate
  throw new Error(
    `Invalid revalidate value "${String(revalidate)}" on "${route}", must be a non-negative number or false`,
  )
}
