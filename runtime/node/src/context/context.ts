import { AbortReason } from '../../../../protocol/generated/frames.ts'
import { asyncHooks } from '../base/async_hooks.ts'
import { addForwardedFields, joinFields } from '../base/fields.ts'
import { InvocationAborted, type Invocation } from '../invocation/invocation.ts'
import { normalizeUrl, queryOf, rewrittenQueryOf, withoutBasePath } from '../invocation/query.ts'
import { setCurrentRoute } from '../project/route_names.ts'
import { appendField, Headers } from '../web/headers.ts'
import { AbortController, DOMException, streamClass, URLSearchParams } from '../web/platform.ts'
import { NextRequest } from '../web/next_request.ts'
import type { NextUrlOptions } from '../web/next_url.ts'
import { RequestSource } from '../web/request.ts'
import type { AfterTasks } from './after.ts'
import { CacheUse } from '../cache/cache_use.ts'
import type { CookieStore } from './cookie_store.ts'
import { implicitTags } from './implicit_tags.ts'
import { StaticGenBailoutError, type StaticEvaluation } from '../cache/static_generation.ts'

/** Names, addresses and ports: characters that cannot end a URL's authority. */
const plainHost = /^[\w.:[\]-]+$/

/**
 * The URL options of Node.js handlers. They see the target without `basePath`, as in Next.js, and a
 * path that repeats it after that is a path like any other. Edge handlers see the complete target.
 */
const plain: NextUrlOptions['nextConfig'] = { trailingSlash: false }
const slashed: NextUrlOptions['nextConfig'] = { trailingSlash: true }

/** The reason of a request's signal and of its response stream when the client has disconnected. */
export class ResponseAborted extends Error {
  override name = 'ResponseAborted'
}

/** Returns the reason that a request's signal and its response stream get for an abort. */
export function abortError(invocation: Invocation): Error {
  if (invocation.abortReason !== AbortReason.deadline) return new ResponseAborted()
  // The same error as that of AbortSignal.timeout().
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError')
}

/**
 * The context of one request of a route handler: the source of its `NextRequest`, and the state
 * that the functions of `next/headers` and others find through {@link currentContext}.
 */
export class RequestContext extends RequestSource {
  readonly invocation: Invocation
  readonly request: NextRequest
  /**
   * 'action' while request APIs are allowed and cookies can be set: until the response head is
   * sent.
   */
  phase: 'action' | 'after' = 'action'
  /** The cookies of `cookies()`; null until they are first used. */
  cookieStore: CookieStore | null = null
  /** Whether `fetch` sends the user agent of Next.js's edge runtime. */
  namesAgent = false
  /** The headers of `headers()`; null until they are first used. */
  sealedHeaders: Headers | null = null
  /** The route's `dynamic`. */
  dynamic: unknown = undefined
  /** The route's `fetchCache`. */
  fetchCache: unknown = undefined
  /** Whether `unstable_noStore()` has been called. */
  noStore = false
  /** Set while the response is made for the cache. */
  evaluation: StaticEvaluation | null = null
  /** The tasks of `after()`; null until the first one. */
  after: AfterTasks | null = null
  /** Whether the handler uses the edge runtime. */
  readonly edge: boolean
  #use: CacheUse | null = null
  #implicitTags: readonly string[] | null = null
  #revalidatedTags: Set<string> | null = null

  /**
   * @param edge whether the handler uses the edge runtime, where parameters are also in the query.
   * @param Request the class of the request.
   */
  constructor(invocation: Invocation, edge: boolean, Request: typeof NextRequest = NextRequest) {
    super()
    this.invocation = invocation
    this.edge = edge
    const { config } = invocation.target.generation.manifest
    this.request = new Request(
      this,
      edge ? (config as NextUrlOptions['nextConfig']) : config.trailingSlash ? slashed : plain,
    )
  }

  /** As in the manifest: `/api/users/[id]`. */
  get route(): string {
    return this.invocation.target.route.path
  }

  get method(): string {
    return this.invocation.method
  }

  /** Whether the route gets no request data, because of `dynamic = 'force-static'`. */
  get requestless(): boolean {
    return this.dynamic === 'force-static'
  }

  /**
   * Must be called before the route gets request data, with the name of the API as messages show
   * it: with its backticks, if any.
   * @throws DynamicServerError if the response is made for the cache.
   * @throws StaticGenBailoutError if the route has `dynamic = 'error'`.
   */
  useRequest(expression: string): void {
    if (this.dynamic === 'error') {
      throw new StaticGenBailoutError(
        `Route ${this.route} with \`dynamic = "error"\` couldn't be rendered statically because it used ${expression}. See more info here: https://nextjs.org/docs/app/building-your-application/rendering/static-and-dynamic#dynamic-rendering`,
      )
    }
    if (!this.requestless) this.evaluation?.makeDynamic(expression)
  }

  /** What the response depends on. */
  get use(): CacheUse {
    return (this.#use ??= new CacheUse())
  }

  /** The implicit tags of everything that is cached for this request. */
  get implicitTags(): readonly string[] {
    return (this.#implicitTags ??= implicitTags(
      this.invocation.target.route,
      this.#target().replace(/\?.*$/, ''),
    ))
  }

  /** The tags that the request has revalidated itself. */
  get revalidatedTags(): Set<string> {
    return (this.#revalidatedTags ??= new Set())
  }

  get url(): string {
    if (this.requestless) return `http://localhost:3000${this.#target().replace(/[?#].*$/, '')}`
    const { headers } = this.request
    const secure = headers.get('x-forwarded-proto')?.split(',')[0]?.trim() === 'https'
    const given = headers.get('host')
    const host = given !== null && plainHost.test(given) ? given : 'localhost'
    return `${secure ? 'https' : 'http'}://${host}${this.#target()}`
  }

  get bodyless(): boolean {
    const { method } = this.invocation
    return method === 'GET' || method === 'HEAD'
  }

  makeHeaders(): Headers {
    if (this.requestless) return new Headers()
    const fields = joinFields(this.invocation.rawFields)
    addForwardedFields(fields, this.invocation)
    const headers = new Headers()
    for (const name in fields) {
      const value = fields[name]
      if (typeof value === 'string') appendField(headers, name, value)
      else for (const one of value ?? []) appendField(headers, name, one)
    }
    return headers
  }

  readBytes(): Promise<Uint8Array> {
    return this.invocation.readBody()
  }

  makeBody(): ReadableStream<Uint8Array> {
    const { invocation } = this
    let unused = 0
    let over = false
    const Stream = streamClass()
    return new Stream<Uint8Array>(
      {
        start(controller) {
          invocation.onAbort(() => {
            if (!over) controller.error(new InvocationAborted())
            over = true
          })
          if (!invocation.hasBody) {
            over = true
            controller.close()
            return
          }
          invocation.onBody({
            chunk(bytes) {
              if (over) return
              unused += bytes.length
              // A plain Uint8Array, because Buffer's methods differ.
              controller.enqueue(
                new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength),
              )
            },
            end() {
              if (!over) controller.close()
              over = true
            },
          })
        },
        // The reader has consumed everything: the client can send more.
        pull() {
          invocation.consumed(unused)
          unused = 0
        },
        cancel() {
          over = true
          invocation.consumed(unused)
          unused = 0
        },
      },
      { highWaterMark: 0 },
    )
  }

  makeSignal(): AbortSignal {
    const controller = new AbortController()
    this.invocation.onAbort(() => controller.abort(abortError(this.invocation)))
    return controller.signal
  }

  #target(): string {
    const { url, target } = this.invocation
    const { parameters, kind } = target.route
    if (
      kind === 'middleware' &&
      target.generation.manifest.config['skipProxyUrlNormalize'] === true
    )
      return url
    if (!this.edge)
      return normalizeUrl(withoutBasePath(url, target.generation.manifest.config.basePath), [])
    const { rewrittenQuery } = this.invocation
    if (parameters.length === 0 && rewrittenQuery === null) return normalizeUrl(url, [])
    // A parameter replaces a query parameter of the same name.
    const query = new URLSearchParams()
    const given = rewrittenQuery === null ? queryOf(url) : rewrittenQueryOf(rewrittenQuery)
    for (const [name, value] of Object.entries({ ...given, ...this.invocation.params() })) {
      for (const one of [value ?? []].flat()) query.append(name, one)
    }
    const mark = url.indexOf('?')
    const path = mark < 0 ? url : url.slice(0, mark)
    return query.size === 0 ? path : `${path}?${query}`
  }
}

const storage = new asyncHooks.AsyncLocalStorage<RequestContext>()
setCurrentRoute(() => storage.getStore()?.invocation.target)

/** Calls `work` so that {@link currentContext} returns `context` in it and in all it starts. */
export function runInContext<A extends unknown[], T>(
  context: RequestContext,
  work: (...args: A) => T,
  ...args: A
): T {
  return storage.run(context, work, ...args)
}

/** Returns the request context of the running code; undefined outside of route handlers. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore()
}

/**
 * Returns the request context of the running code.
 * @throws Error with Next.js's message if there is none.
 */
export function requireContext(expression: string): RequestContext {
  const context = storage.getStore()
  if (context === undefined) {
    throw new Error(
      `\`${expression}\` was called outside a request scope. Read more: https://nextjs.org/docs/messages/next-dynamic-api-wrong-context`,
    )
  }
  return context
}
