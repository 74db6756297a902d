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
import { answerThroughCache, type Fetch } from './kept_answers.ts'
import { decide, type FetchDecision } from './policy.ts'
import { isRequest, readRequest, type FetchRequest } from './request.ts'
import { usableTags } from './tags.ts'

/** What Next.js takes under `next` besides what `fetch` does, of a call or of a `Request`. */
interface NextOptions {
  readonly revalidate?: unknown
  readonly tags?: unknown
  readonly internal?: boolean
}

interface NextInit extends RequestInit {
  readonly next?: NextOptions
}

let installed = false

/**
 * Makes `fetch` heed `cache` and `next` in route handlers, as Next.js does. Everywhere else it
 * stays what it was: what the project had put in its place before is asked then, and by every call
 * that no kept answer will do for.
 */
export function installFetchCache(): void {
  if (installed) return
  installed = true
  const original = globalThis.fetch as unknown as Fetch
  function fetch(input: unknown, init?: NextInit): Promise<Response> {
    const context = currentContext()
    if (context === undefined) return original(input, init)
    const call = (): Promise<Response> =>
      concernsCache(context, input, init)
        ? fetchThroughCache(context, original, input, init)
        : original(input, init)
    if (!isTraced() || init?.next?.internal === true) return call()
    const method = (): string => init?.method ?? (isRequest(input) ? input.method : 'GET')
    return traceFetch(
      () => method().toUpperCase(),
      () => addressOf(input),
      call,
    )
  }
  // By these, packages tell that fetch caches, and get at what it was.
  Object.assign(fetch, {
    __nextPatched: true,
    __nextGetStaticStore: staticStore,
    _nextOriginalFetch: original,
  })
  Object.assign(globalThis, { fetch, [Symbol.for('next-patch')]: true })
}

/** Values of `cache` with which nothing is kept unless something else says so. */
const plainModes: ReadonlySet<unknown> = new Set([undefined, 'default', 'no-store', 'no-cache'])

/** Whether anything but the platform's own fetch could come of the call. */
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
  const { next: ofCall, ...members } = init ?? {}
  const rest = Object.keys(members).length > 0 ? members : undefined
  const ofRequest = isRequest(input) ? (input as { next?: NextOptions }).next : undefined
  const next = {
    revalidate: ofCall?.revalidate ?? ofRequest?.revalidate,
    tags: ofCall?.tags ?? ofRequest?.tags,
  }
  if (ofCall?.revalidate === null) next.revalidate = null
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
  const answer = answerThroughCache({
    context,
    original,
    request,
    tags,
    revalidate: decision.revalidate,
    waits,
  })
  return waits ? DataCache.shared.fetching(answer) : answer
}

/** What must not outlive the answer; undefined where nothing is kept that it becomes part of. */
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
    keptFor: use === undefined ? undefined : use.revalidate === false ? forever : use.revalidate,
    // With cacheComponents only what says so is kept.
    building:
      context.evaluation?.building === true &&
      context.invocation.target.generation.manifest.config['cacheComponents'] !== true,
    noStore: context.noStore,
  })
}

/** Takes the call into what is kept that its answer becomes part of, or ends the making of that. */
function settle(
  context: RequestContext,
  use: CacheUse,
  { counts, revalidate }: FetchDecision,
  input: unknown,
  init: RequestInit | undefined,
  next: NextOptions,
): void {
  // A cached function is what is kept: nothing that it fetches concerns the answer's.
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

/** Without credentials, for messages; empty where it is no address. */
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
