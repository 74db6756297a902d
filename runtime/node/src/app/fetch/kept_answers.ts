import { Response as LightResponse, type ResponseOptions } from '../../web/response.ts'
import type { RequestContext } from '../../context/context.ts'
import { DataCache } from '../../cache/data_cache.ts'
import { findForRequest } from '../request_cache.ts'
import { forever } from '../../cache/static_generation.ts'
import { keyOf, type FetchRequest } from './request.ts'
import { Turns } from './turns.ts'

/** An answer as it is kept. */
interface KeptAnswer {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  /** Base64. */
  readonly body: string
  readonly url: string
}

/** The platform's own fetch, or what the project has put in its place. */
export type Fetch = (input: unknown, init?: RequestInit) => Promise<Response>

/** A call of `fetch` whose answer is kept. */
export interface CachedCall {
  readonly context: RequestContext
  readonly original: Fetch
  readonly request: FetchRequest
  readonly tags: readonly string[]
  /** Seconds for which a kept answer will do. */
  readonly revalidate: number
  /** Whether a stale answer must be renewed before it is used, since what it goes into is kept. */
  readonly waits: boolean
}

/** Longer texts are not kept, as under Next.js. */
const longestText = 2 * 1024 * 1024

/** Who comes while the same is being asked for waits, and finds it kept. */
const turns = new Turns()

/** The kept answer of a call, or else the upstream's, which is kept if its status is 200. */
export async function answerThroughCache(call: CachedCall): Promise<Response> {
  const { context, revalidate, waits } = call
  const key = keyOf(call.request)
  // Who needs a fresh answer must not keep those waiting for whom a stale one will do.
  const done = await turns.take(waits ? `${key} fresh` : key)
  try {
    const found = await findForRequest(key, call.tags)
    const stale = found.state === 'stale' || (revalidate < forever && (found.age ?? 0) > revalidate)
    if (found.state === 'none' || (stale && waits)) return await ask(call, key, found.at, done)
    done()
    if (stale) {
      const renewed = DataCache.shared.once(`renew ${key}`, () => renew(call, key, found.at))
      context.invocation.waitUntil(renewed.catch(console.error))
    }
    return answerOf(JSON.parse(found.value!) as KeptAnswer)
  } catch (error) {
    done()
    throw error
  }
}

/** @param kept called when the next who asks will find what there is to find. */
async function ask(
  { context, original, request, tags }: CachedCall,
  key: string,
  at: number,
  kept: () => void,
): Promise<Response> {
  const response = await original(request.url, request.init)
  if (response.status !== 200) {
    kept()
    return response
  }
  const keeping = keep(response.clone(), key, at, tags, request).finally(kept)
  context.invocation.waitUntil(keeping)
  const { status, statusText, headers, url } = response
  return like({ status, statusText, headers, url }, response.body)
}

/** Not ended by the signal of the call that found the answer stale, which has its own. */
async function renew(
  { original, request, tags }: CachedCall,
  key: string,
  at: number,
): Promise<void> {
  const { signal: _, ...init } = request.init
  const response = await original(request.url, init)
  if (response.status === 200) await keep(response, key, at, tags, request)
  else await response.body?.cancel()
}

async function keep(
  response: Response,
  key: string,
  at: number,
  tags: readonly string[],
  { url, init }: FetchRequest,
): Promise<void> {
  try {
    const body = Buffer.from(await response.arrayBuffer()).toString('base64')
    const answer: KeptAnswer = {
      status: response.status,
      headers: [...response.headers],
      body,
      url: response.url,
    }
    const text = JSON.stringify(answer)
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

function answerOf({ status, headers, body, url }: KeptAnswer): Response {
  return like({ status, headers: headers as [string, string][], url }, Buffer.from(body, 'base64'))
}

/** A response of which nobody can tell whether it came by a redirect, as under Next.js. */
function like({ url, ...init }: ResponseInit & { url: string }, body: BodyInit | null): Response {
  const response = new LightResponse(body, init as ResponseOptions) as unknown as Response
  Object.defineProperty(response, 'url', { value: url, configurable: true, enumerable: true })
  return response
}
