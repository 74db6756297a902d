import { currentCacheScope } from '../../cache/cache_scope.ts'
import type { CacheUse } from '../../cache/cache_use.ts'
import { currentContext, type RequestContext } from '../../context/context.ts'
import { staticStore } from '../../context/next_storages.ts'
import { DataCache } from '../../cache/data_cache.ts'
import { DraftMode } from '../../context/draft_mode.ts'
import { Headers, type HeadersSource } from '../../web/headers.ts'
import { isTraced, traceFetch } from '../../invocation/tracing.ts'
import { URL } from '../../web/platform.ts'
import { forever } from '../../cache/static_generation.ts'
import { fetchCached, type Fetch } from './fetch_cache_store.ts'
import { decide, type FetchDecision } from './policy.ts'
import { isRequest, readRequest, type FetchRequest } from './request.ts'
import { usableTags } from './tags.ts'

/** The options that Next.js adds to `fetch` under `next`, of a call or of a `Request`. */
interface NextOptions {
  readonly revalidate?: unknown
  readonly tags?: unknown
  readonly internal?: boolean
}

interface NextInit extends RequestInit {
  readonly next?: NextOptions
}

/** Next.js patches `fetch` unless this global is set. */
const patched = Symbol.for('next-patch')

/** The `fetch` that was installed before this module's. */
let original: Fetch | undefined

/** What calls outside of the light engine's requests go to: the original, or Next.js's own. */
let beneath: Fetch & { readonly __nextGetStaticStore?: () => unknown }

/**
 * Makes `fetch` respect `cache` and `next` in route handlers, as Next.js does. All other calls, and
 * calls that no cached response satisfies, go to the `fetch` that was installed before.
 */
export function installFetchCache(): void {
  if (original !== undefined) return
  const before = globalThis.fetch as unknown as Fetch
  original = before
  beneath = before
  function fetch(input: unknown, init?: NextInit): Promise<Response> {
    const context = currentContext()
    if (context === undefined) return beneath(input, init)
    const call = (): Promise<Response> =>
      concernsCache(context, input, init)
        ? fetchThroughCache(context, before, input, init)
        : before(input, init)
    if (!isTraced() || init?.next?.internal === true) return call()
    const method = (): string => init?.method ?? (isRequest(input) ? input.method : 'GET')
    return traceFetch(
      () => method().toUpperCase(),
      () => addressOf(input),
      call,
    )
  }
  // Packages use these to detect that fetch caches, and to reach the original one.
  Object.assign(fetch, {
    __nextPatched: true,
    __nextGetStaticStore: () =>
      currentContext() === undefined
        ? (beneath.__nextGetStaticStore?.() ?? staticStore())
        : staticStore(),
    _nextOriginalFetch: before,
  })
  Object.assign(globalThis, { fetch, [patched]: true })
}

/**
 * Lets Next.js patch `fetch` for its own routes and pages, beneath this module's, which stays the
 * outer one: in the light engine's requests Next.js's would see a store that is not its own.
 * @param patch the function `patchFetch` of an entry, which does nothing if it was called before.
 */
export function patchBeneath(patch: () => void): void {
  installFetchCache()
  if (beneath !== original) return
  const global = globalThis as unknown as { fetch: unknown; [patched]?: boolean }
  const outer = global.fetch
  try {
    global.fetch = beneath
    global[patched] = false
    patch()
    beneath = global.fetch as Fetch
  } finally {
    global.fetch = outer
    global[patched] = true
  }
}

/** Values of `cache` that do not cache by themselves. */
const plainModes: ReadonlySet<unknown> = new Set([undefined, 'default', 'no-store', 'no-cache'])

/** Whether the call could differ from the platform's own fetch. */
function concernsCache(
  context: RequestContext,
  input: unknown,
  init: NextInit | undefined,
): boolean {
  if (
    context.evaluation !== null ||
    context.fetchCache !== undefined ||
    currentCacheScope() !== undefined
  )
    return true
  if (init?.next !== undefined) return true
  if (!isRequest(input)) return !plainModes.has(init?.cache)
  return 'next' in input || !plainModes.has(init?.cache ?? input.cache)
}

async function fetchThroughCache(
  context: RequestContext,
  original: Fetch,
  input: unknown,
  init: NextInit | undefined,
): Promise<Response> {
  if (init?.next?.internal === true || new DraftMode(context).isEnabled)
    return original(input, init)
  const { next: callOptions, ...members } = init ?? {}
  const rest = Object.keys(members).length > 0 ? members : undefined
  const requestOptions = isRequest(input) ? (input as { next?: NextOptions }).next : undefined
  const next = {
    revalidate: callOptions?.revalidate ?? requestOptions?.revalidate,
    tags: callOptions?.tags ?? requestOptions?.tags,
  }
  if (callOptions?.revalidate === null) next.revalidate = null
  const tags = usableTags(next.tags, `fetch ${String(input)}`)
  const use = useOf(context)
  use?.note({ tags })
  const decision = decideCall(context, input, rest, next, use)
  if (decision.warning !== undefined && context.invocation.target.generation.development)
    console.warn(decision.warning)
  if (use !== undefined) settle(context, use, decision, input, rest, next)
  if (decision.revalidate === 0) return original(input, rest)
  let request: FetchRequest
  try {
    request = await readRequest(input, rest)
  } catch (cause) {
    console.error('Failed to generate cache key for', input, cause)
    return original(input, rest)
  }
  const waits = context.evaluation !== null || currentCacheScope() !== undefined
  const response = fetchCached({
    context,
    original,
    request,
    tags,
    revalidate: decision.revalidate,
    waits,
  })
  return waits ? DataCache.shared.fetching(response) : response
}

/**
 * Returns the record that limits the lifetime of what the response becomes part of; undefined if
 * that is not cached.
 */
function useOf(context: RequestContext): CacheUse | undefined {
  const scope = currentCacheScope()
  if (scope !== undefined) return scope.kind === 'unstable_cache()' ? undefined : scope.use
  return context.evaluation === null ? undefined : context.use
}

function decideCall(
  context: RequestContext,
  input: unknown,
  init: RequestInit | undefined,
  next: NextOptions,
  use: CacheUse | undefined,
): FetchDecision {
  const given = isRequest(input) ? input : undefined
  return decide({
    url: addressOf(input),
    route: context.route,
    method: init?.method ?? given?.method ?? 'GET',
    cache: init?.cache ?? given?.cache,
    revalidate: next.revalidate,
    personal: isPersonal(init?.headers ?? given?.headers),
    fetchCache:
      currentCacheScope()?.kind === 'unstable_cache()'
        ? 'force-no-store'
        : (context.fetchCache as string | undefined),
    forceDynamic: context.dynamic === 'force-dynamic',
    cachedFor: use === undefined ? undefined : use.revalidate === false ? forever : use.revalidate,
    // With cacheComponents, only calls that ask for it are cached.
    building:
      context.evaluation?.building === true &&
      context.invocation.target.generation.manifest.config['cacheComponents'] !== true,
    noStore: context.noStore,
  })
}

/**
 * Applies the call to the lifetime of the cached result that it becomes part of, or makes that
 * result uncacheable.
 */
function settle(
  context: RequestContext,
  use: CacheUse,
  { counts, revalidate }: FetchDecision,
  input: unknown,
  init: RequestInit | undefined,
  next: NextOptions,
): void {
  // Inside a cached function only the function's result is affected, not the response.
  const inside = currentCacheScope() !== undefined
  if (counts && revalidate === 0 && !inside)
    useRequest(context, `revalidate: 0 fetch ${String(input)} ${context.route}`)
  if (init?.cache === 'no-store' && !inside)
    useRequest(context, `no-store fetch ${String(input)} ${context.route}`)
  if (!counts || next.revalidate !== revalidate || (revalidate === 0 && context.requestless)) return
  use.note({ revalidate })
}

function useRequest(context: RequestContext, expression: string): void {
  context.useRequest(context.dynamic === 'error' ? `\`${expression}\`` : expression)
}

/** Returns the URL without credentials, for messages; empty if it is invalid. */
function addressOf(input: unknown): string {
  const url = URL.parse(isRequest(input) ? input.url : String(input))
  if (url === null) return ''
  url.username = ''
  url.password = ''
  return url.href
}

function isPersonal(headers: HeadersInit | undefined): boolean {
  if (headers === undefined) return false
  const given = new Headers(headers as HeadersSource)
  return given.has('authorization') || given.has('cookie')
}
