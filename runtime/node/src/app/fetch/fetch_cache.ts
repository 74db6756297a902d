import { currentCacheScope } from '../cache_scope.ts'
import type { CacheUse } from '../cache_use.ts'
import { currentContext, type RequestContext } from '../context.ts'
import { DataCache } from '../data_cache.ts'
import { DraftMode } from '../draft_mode.ts'
import { findForRequest } from '../request_cache.ts'
import { forever } from '../static_generation.ts'
import { decide } from './policy.ts'
import { isRequest, keyOf, readRequest, type FetchRequest } from './request.ts'
import { usableTags } from './tags.ts'

/** What Next.js takes besides what `fetch` does. */
interface NextInit extends RequestInit {
  readonly next?: { readonly revalidate?: unknown; readonly tags?: readonly unknown[]; readonly internal?: boolean }
}

/** An answer as it is kept. */
interface KeptAnswer {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  /** Base64. */
  readonly body: string
  readonly url: string
}

type Fetch = (input: unknown, init?: NextInit) => Promise<Response>

let installed = false

/** Makes `fetch` heed `cache` and `next` in route handlers, as Next.js does. Everywhere else it stays what it was. */
export function installFetchCache(): void {
  if (installed) return
  installed = true
  const original = globalThis.fetch as unknown as Fetch
  function fetch(input: unknown, init?: NextInit): Promise<Response> {
    const context = currentContext()
    if (context === undefined || !concernsCache(context, input, init)) return original(input, init)
    return fetchThroughCache(context, original, input, init)
  }
  Object.assign(globalThis, { fetch })
}

/** Values of `cache` with which nothing is kept unless something else says so. */
const plainModes: ReadonlySet<unknown> = new Set([undefined, 'default', 'no-store', 'no-cache'])

/** Whether anything but the platform's own fetch could come of the call. */
function concernsCache(context: RequestContext, input: unknown, init: NextInit | undefined): boolean {
  if (context.evaluation !== null || context.fetchCache !== undefined || currentCacheScope() !== undefined) return true
  if (init?.next !== undefined) return true
  return !plainModes.has(init?.cache ?? (isRequest(input) ? input.cache : undefined))
}

async function fetchThroughCache(context: RequestContext, original: Fetch, input: unknown, init: NextInit | undefined): Promise<Response> {
  if (init?.next?.internal === true || new DraftMode(context).isEnabled) return original(input, init)
  const { next, ...rest } = init ?? {}
  const scope = currentCacheScope()
  const use = useOf(context)
  const tags = usableTags(next?.tags ?? [], `fetch ${isRequest(input) ? input.url : String(input)}`)
  use?.note({ tags })
  const method = rest.method ?? (isRequest(input) ? input.method : 'GET')
  const decision = decide({
    url: addressOf(input),
    route: context.route,
    method,
    cache: rest.cache ?? (isRequest(input) ? input.cache : undefined),
    revalidate: next?.revalidate,
    personal: isPersonal(rest.headers ?? (isRequest(input) ? input.headers : undefined)),
    fetchCache: scope?.kind === 'unstable_cache()' ? 'force-no-store' : (context.fetchCache as string | undefined),
    forceDynamic: context.dynamic === 'force-dynamic',
    keptFor: use === undefined ? undefined : use.revalidate === false ? forever : use.revalidate,
    building: context.evaluation?.building === true,
  })
  if (decision.counts && decision.revalidate === 0) {
    if (scope === undefined) context.useRequest(`revalidate: 0 fetch ${String(input)} ${context.route}`)
    else use!.note({ revalidate: 0 })
  } else if (decision.counts && typeof next?.revalidate === 'number') use!.note({ revalidate: next.revalidate })
  if (decision.revalidate === 0) return original(input, hasMembers(rest) ? rest : undefined)
  const request = await readRequest(input, hasMembers(rest) ? rest : undefined)
  const waits = context.evaluation !== null || scope !== undefined
  return cached(context, original, request, tags, decision.revalidate, waits)
}

/** What must not outlive the answer; undefined where nothing is kept that it becomes part of. */
function useOf(context: RequestContext): CacheUse | undefined {
  const scope = currentCacheScope()
  if (scope !== undefined) return scope.kind === 'unstable_cache()' ? undefined : scope.use
  return context.evaluation === null ? undefined : context.use
}

/** Who comes while the same is being asked for waits, and finds it kept. */
const asking = new Map<string, Promise<unknown>>()

/** @param waits whether a stale answer must be renewed before it is used, since what it goes into is kept. */
async function cached(
  context: RequestContext,
  original: Fetch,
  request: FetchRequest,
  tags: readonly string[],
  revalidate: number,
  waits: boolean,
): Promise<Response> {
  const key = keyOf(request)
  while (asking.has(key)) await asking.get(key)
  let unlock!: () => void
  asking.set(key, new Promise<void>((resolve) => (unlock = resolve)))
  const done = (): void => {
    asking.delete(key)
    unlock()
  }
  try {
    const found = await findForRequest(key, tags)
    if (found.state === 'none') return await ask(false)
    const stale = found.state === 'stale' || (revalidate < forever && found.age! > revalidate)
    if (stale && waits) return await ask(false)
    if (!stale) done()
    else context.invocation.waitUntil(ask(true).then((response) => response.arrayBuffer()).catch(console.error))
    return answerOf(JSON.parse(found.value!) as KeptAnswer)

    async function ask(renewing: boolean): Promise<Response> {
      const { signal, ...init } = request.init
      const response = await original(request.url, renewing || !signal ? init : { ...init, signal })
      if (response.status !== 200) {
        done()
        return response
      }
      const keeping = keep(response.clone()).finally(done)
      context.invocation.waitUntil(keeping)
      return response
    }

    async function keep(response: Response): Promise<void> {
      try {
        const body = Buffer.from(await response.arrayBuffer()).toString('base64')
        const { status, url } = response
        const answer: KeptAnswer = { status, headers: [...response.headers], body, url }
        DataCache.shared.set(key, JSON.stringify(answer), found.at, { revalidate: false, tags })
      } catch (error) {
        if (request.init.signal?.aborted !== true) console.warn('Failed to set fetch cache', request.url, error)
      }
    }
  } catch (error) {
    done()
    throw error
  }
}

function answerOf({ status, headers, body, url }: KeptAnswer): Response {
  const response = new Response(Buffer.from(body, 'base64'), { status, headers: headers as [string, string][] })
  Object.defineProperty(response, 'url', { value: url })
  return response
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
  const given = new Headers(headers)
  return given.has('authorization') || given.has('cookie')
}

function hasMembers(init: object): boolean {
  return Object.keys(init).length > 0
}
