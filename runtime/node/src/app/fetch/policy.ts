import { forever } from '../../cache/static_generation.ts'

/** The options of a call of `fetch`, and where it is made. */
export interface FetchFacts {
  /** Without credentials, for messages. */
  readonly url: string
  readonly route: string
  readonly method: string
  /** The call's `cache`. */
  readonly cache: string | undefined
  /** The call's `next.revalidate`. */
  readonly revalidate: unknown
  /** Whether the request carries `Authorization` or `Cookie`. */
  readonly personal: boolean
  /** The route's `fetchCache`; `force-no-store` inside `unstable_cache`. */
  readonly fetchCache: string | undefined
  /** Whether the route has `dynamic = 'force-dynamic'`. */
  readonly forceDynamic: boolean
  /**
   * Seconds for which the result that the call becomes part of is cached so far; undefined if it is
   * not cached.
   */
  readonly cachedFor: number | undefined
  /** Whether the call is made during a build. */
  readonly building: boolean
  /** Whether `unstable_noStore()` was called before. */
  readonly noStore: boolean
}

/** The decision about a call. */
export interface FetchDecision {
  /** Seconds for which its response can be reused: 0 for never, {@link forever}. */
  readonly revalidate: number
  /** Whether it limits the lifetime of the result that it becomes part of. */
  readonly counts: boolean
  /**
   * Whether no option says how to cache it. It is not cached then, and does not limit the result
   * that it becomes part of.
   */
  readonly incidental: boolean
  /** Next.js's warning about the call's options; the call is made nevertheless. */
  readonly warning: string | undefined
}

/**
 * Decides as Next.js does (docs: route segment config, fetch).
 * @throws Error with Next.js's message if options contradict each other.
 */
export function decide(facts: FetchFacts): FetchDecision {
  const { fetchCache, forceDynamic, cachedFor } = facts
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
  const incidental = ((facts.personal || !reads) && cachedFor === 0) || (silent && !facts.building)
  rejectContradiction(facts, cache, seconds)
  if (fetchCache === 'force-cache' && (revalidate === undefined || revalidate === 0))
    seconds = forever
  seconds ??= byDefault(facts, incidental)
  return {
    revalidate: seconds,
    incidental,
    counts: cachedFor !== undefined && !incidental && seconds < cachedFor,
    warning,
  }
}

function byDefault({ fetchCache, noStore, cachedFor }: FetchFacts, incidental: boolean): number {
  if (fetchCache === 'default-cache' && !noStore) return forever
  if (fetchCache === 'default-no-store' || noStore || incidental) return 0
  return cachedFor ?? forever
}

function rejectContradiction(
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
