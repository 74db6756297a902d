import { Response as LightResponse, type ResponseOptions } from '../../web/response.ts'
import type { RequestContext } from '../../context/context.ts'
import { DataCache } from '../../cache/data_cache.ts'
import { findForRequest } from '../request_cache.ts'
import { forever } from '../../cache/static_generation.ts'
import { keyOf, type FetchRequest } from './request.ts'
import { KeyedMutex } from './keyed_mutex.ts'

/** A response as the data cache stores it. */
interface StoredResponse {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  /** Base64. */
  readonly body: string
  readonly url: string
}

/** The platform's own fetch, or the project's replacement. */
export type Fetch = (input: unknown, init?: RequestInit) => Promise<Response>

/** A call of `fetch` whose response is cached. */
export interface CachedCall {
  readonly context: RequestContext
  readonly original: Fetch
  readonly request: FetchRequest
  readonly tags: readonly string[]
  /** The maximum age in seconds at which a cached response is used. */
  readonly revalidate: number
  /**
   * Whether a stale response must be renewed before it is used, because the result is cached
   * itself.
   */
  readonly waits: boolean
}

/** Longer texts are not cached, as in Next.js. */
const longestText = 2 * 1024 * 1024

/** Calls with the same key wait for the first one and then find its response in the cache. */
const mutex = new KeyedMutex()

/**
 * Returns the cached response of a call, or the upstream's, which is cached if its status is 200.
 */
export async function fetchCached(call: CachedCall): Promise<Response> {
  const { context, revalidate, waits } = call
  const key = keyOf(call.request)
  // A call that needs a fresh response must not delay those that accept a stale one.
  const done = await mutex.acquire(waits ? `${key} fresh` : key)
  try {
    const found = await findForRequest(key, call.tags)
    const stale = found.state === 'stale' || (revalidate < forever && (found.age ?? 0) > revalidate)
    if (found.state === 'none' || (stale && waits))
      return await fetchAndStore(call, key, found.at, done)
    done()
    if (stale) {
      const renewed = DataCache.shared.once(`renew ${key}`, () => renew(call, key, found.at))
      context.invocation.waitUntil(renewed.catch(console.error))
    }
    return responseOf(JSON.parse(found.value!) as StoredResponse)
  } catch (error) {
    done()
    throw error
  }
}

/** @param cached called when the response is cached, or will not be. */
async function fetchAndStore(
  { context, original, request, tags }: CachedCall,
  key: string,
  at: number,
  cached: () => void,
): Promise<Response> {
  const response = await original(request.url, request.init)
  if (response.status !== 200) {
    cached()
    return response
  }
  const stored = store(response.clone(), key, at, tags, request).finally(cached)
  context.invocation.waitUntil(stored)
  const { status, statusText, headers, url } = response
  return like({ status, statusText, headers, url }, response.body)
}

/**
 * Runs without the signal of the call that found the response stale, which has its own lifetime.
 */
async function renew(
  { original, request, tags }: CachedCall,
  key: string,
  at: number,
): Promise<void> {
  const { signal: _, ...init } = request.init
  const response = await original(request.url, init)
  if (response.status === 200) await store(response, key, at, tags, request)
  else await response.body?.cancel()
}

async function store(
  response: Response,
  key: string,
  at: number,
  tags: readonly string[],
  { url, init }: FetchRequest,
): Promise<void> {
  try {
    const body = Buffer.from(await response.arrayBuffer()).toString('base64')
    const stored: StoredResponse = {
      status: response.status,
      headers: [...response.headers],
      body,
      url: response.url,
    }
    const text = JSON.stringify(stored)
    if (text.length > longestText) {
      console.warn(
        `Failed to set Next.js data cache for ${url}, items over 2MB can not be cached (${text.length} bytes)`,
      )
      return
    }
    DataCache.shared.set(key, text, at, { revalidate: false, tags })
  } catch (error) {
    if (init.signal?.aborted !== true) console.warn('Failed to set fetch cache', url, error)
  }
}

function responseOf({ status, headers, body, url }: StoredResponse): Response {
  return like({ status, headers: headers as [string, string][], url }, Buffer.from(body, 'base64'))
}

/** Creates a response without redirect information, as in Next.js. */
function like({ url, ...init }: ResponseInit & { url: string }, body: BodyInit | null): Response {
  const response = new LightResponse(body, init as ResponseOptions) as unknown as Response
  Object.defineProperty(response, 'url', { value: url, configurable: true, enumerable: true })
  return response
}
