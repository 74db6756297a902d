import '../web/install.ts'
import { logError } from '../base/errors.ts'
import { RequestContext, runInContext } from '../context/context.ts'
import { installAgentFetch } from '../context/agent_fetch.ts'
import { installTracePropagation } from '../context/trace_propagation.ts'
import { adaptToNext } from '../context/members.ts'
import { mergeCookies } from '../context/cookie_store.ts'
import { middlewareFields, sendResponse } from '../context/send.ts'
import { respondWithError } from '../invocation/failure.ts'
import type { RunRoute } from '../invocation/run_soon.ts'
import type { LoadedRoute, RouteModule } from '../project/generation.ts'
import { reportRequestError } from '../project/instrumentation.ts'
import { joinFields } from '../base/fields.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { respondOnceReported } from '../invocation/settle.ts'
import { Headers } from '../web/headers.ts'
import { NextURL, type NextUrlOptions } from '../web/next_url.ts'
import { traceMiddleware } from '../invocation/tracing.ts'
import { URL } from '../web/platform.ts'
import { isResponse, Response } from '../web/response.ts'
import { MiddlewareRequest, NextFetchEvent } from './request.ts'

type Middleware = (request: MiddlewareRequest, event: NextFetchEvent) => unknown

/**
 * Fields that Next.js's client sends for pages: hidden from the middleware, visible to the route.
 */
const pageFields = [
  'rsc',
  'next-router-state-tree',
  'next-router-prefetch',
  'next-hmr-refresh',
  'next-router-segment-prefetch',
]
const anyPageField = /^(?:rsc|next-)/im
/** The server adds it to requests for the data of pages. */
const dataField = /^x-nextjs-data:/im
const payloadField = /^rsc: *1\r$/im
const cacheBuster = /[?&]_rsc(?=[=&]|$)/
const payloadPath = /\.rsc(?=$|\?)/
const redirectStatuses = new Set([301, 302, 303, 307, 308])

/** What the client of a page asks for, besides the page's URL. */
interface Asked {
  /** The properties of a page of the Pages Router. */
  readonly isData: boolean
  /** The URL of which a payload of React Server Components is requested; null for none. */
  readonly payloadOf: NextURL | null
  /** The build in the path of data, unless it is the current one; otherwise empty. */
  readonly buildId: string
  /** The hash of its fields that the request names; null for none. */
  readonly hash: string | null
  /** Names and values of the fields that the middleware does not see. */
  readonly withheld: readonly [string, string][]
}

/**
 * Returns the function that runs a project's `proxy` or `middleware` file. The server acts on its
 * response: it continues (`x-middleware-next`), rewrites or redirects (`x-middleware-rewrite`,
 * `location`), or sends the response itself.
 * @throws Error with Next.js's message for a module without a function.
 */
export function prepareMiddleware(target: LoadedRoute, module: RouteModule): RunRoute {
  const { file } = target.route
  const page = `/${file.replace(/^src\//, '').replace(/\..*$/, '')}`
  const isProxy = page === '/proxy'
  const middleware = findFunction(module, isProxy ? 'proxy' : 'middleware')
  if (middleware === undefined) {
    throw new Error(
      `The ${isProxy ? 'Proxy' : 'Middleware'} file "${page}" must export a function named \`${isProxy ? 'proxy' : 'middleware'}\` or a default function.`,
    )
  }
  adaptToNext(target.generation)
  const { runtime } = (module['config'] ?? {}) as { runtime?: unknown }
  const edge = !isProxy && runtime !== 'nodejs'
  installTracePropagation()
  if (edge) installAgentFetch()
  return (invocation) => handle(middleware, page, edge, invocation)
}

function handle(middleware: Middleware, page: string, edge: boolean, invocation: Invocation): void {
  const context = new RequestContext(invocation, true, MiddlewareRequest)
  context.namesAgent = edge
  const request = context.request as MiddlewareRequest
  request.sourcePage = page
  if (invocation.target.generation.manifest.config['skipProxyUrlNormalize'] === true)
    request.sent = context.url
  // An async function, so that exceptions become rejections as well.
  const result = (async () => {
    const asked = askedFor(invocation, request)
    const call = (): unknown =>
      runInContext(context, middleware, request, new NextFetchEvent(invocation, page))
    const response = await traceMiddleware(invocation, () => request.nextUrl.pathname, call)
    if (invocation.aborted) return
    finish(response, asked, context)
  })()
  result.catch((error: unknown) => fail(error, context))
}

function finish(response: unknown, asked: Asked, context: RequestContext): void {
  const { invocation } = context
  if (!response) {
    invocation.respond(200, '', 'x-middleware-next: 1\r\n', null, true)
    return
  }
  if (!isResponse(response)) throw new TypeError('Expected an instance of Response to be returned')
  const headers = mergeCookies(context, response.headers) ?? new Headers(response.headers)
  describeRewrite(headers, asked, context)
  orderOverrides(headers, invocation)
  const location = describeRedirect(headers, asked, context)
  restorePageFields(headers, asked.withheld)
  if (location !== null && redirectStatuses.has(response.status)) {
    redirect(response, headers, invocation)
    return
  }
  // The reason phrase is the standard one, as in Next.js.
  const sent =
    response.statusText === '' ? response : new Response(response.body, { status: response.status })
  sendResponse(invocation, sent, headers, (error) => fail(error, context), middlewareFields)
}

/** The route sees its fields in the order received; fields that are new follow. */
function orderOverrides(headers: Headers, invocation: Invocation): void {
  const names = headers.get('x-middleware-override-headers')?.split(',')
  if (names === undefined || names.length < 2) return
  const wanted = new Set(names)
  const received = Object.keys(joinFields(invocation.rawFields)).filter((name) =>
    wanted.delete(name),
  )
  headers.set('x-middleware-override-headers', [...received, ...wanted].join(','))
}

/** Redirects as Next.js's server does: the location is also the body. */
function redirect(
  { status, statusText }: Response,
  headers: Headers,
  invocation: Invocation,
): void {
  const location = headers.get('location')!
  if (status === 308) headers.set('refresh', `0;url=${location}`)
  headers.delete('content-type')
  const whole = new Response(location, { status, statusText, headers })
  headers.delete('content-type')
  sendResponse(invocation, whole, headers, () => undefined, middlewareFields)
}

/** Responds with 500 after the project's `onRequestError` has run. */
function fail(error: unknown, context: RequestContext): void {
  const { invocation } = context
  if (invocation.aborted) return
  respondOnceReported(
    invocation,
    () => report(error, context),
    () => {
      if (!invocation.aborted) respondToFailure(invocation, error)
    },
  )
}

/** With the project's page for failures where it has pages: the server asks for it. */
function respondToFailure(invocation: Invocation, error: unknown): void {
  const { development, manifest } = invocation.target.generation
  if (development || manifest.pages === null || invocation.responded) {
    respondWithError(invocation, error)
    return
  }
  logError(error)
  invocation.fail()
}

function report(error: unknown, context: RequestContext): Promise<void> | undefined {
  const { invocation, request } = context
  return reportRequestError(
    invocation.target.generation.instrumentation,
    error,
    {
      path: pathOf(context),
      method: request.method,
      headers: Object.fromEntries(request.headers.entries()),
    },
    {
      routerKind: 'Pages Router',
      routePath: '/proxy',
      routeType: 'proxy',
      revalidateReason: undefined,
    },
  )
}

/**
 * Returns path and query of the request's URL, or the target as received if that URL is invalid.
 */
function pathOf({ invocation, request }: RequestContext): string {
  try {
    const { pathname, search } = new URL(request.url)
    return pathname + search
  } catch {
    return invocation.url
  }
}

/** How a URL of this site is written. */
interface Spelling {
  /** Whether the path names the default locale, too. */
  readonly forceLocale?: boolean
  /** The build in whose data path it becomes; empty for none. */
  readonly buildId?: string
}

/**
 * Returns path and query of a URL of this site, any other URL unchanged.
 * @throws TypeError for a URL that is not absolute.
 */
function relative(url: string, context: RequestContext, spelling: Spelling = {}): string {
  const { nextUrl } = context.request as MiddlewareRequest
  const destination = urlOf(url, context, spelling)
  if (destination.host !== nextUrl.host || destination.protocol !== nextUrl.protocol)
    return destination.href
  if (spelling.buildId) destination.buildId = spelling.buildId
  return destination.href.slice(destination.origin.length)
}

function urlOf(
  url: string,
  { invocation }: RequestContext,
  { forceLocale = false }: Spelling,
): NextURL {
  const { config } = invocation.target.generation.manifest
  return new NextURL(url, { forceLocale, nextConfig: config as NextUrlOptions['nextConfig'] })
}

/**
 * Finds out what the client wants of a page, and hides it: the middleware sees a request for the
 * page, without the fields and parameters of Next.js's client.
 */
function askedFor(invocation: Invocation, request: MiddlewareRequest): Asked {
  const { url, rawFields } = invocation
  const { config } = invocation.target.generation.manifest
  const skips = config['skipProxyUrlNormalize'] === true
  const isData = dataField.test(rawFields)
  // The middleware sees a request for page data as one for the page.
  const buildId = url.includes('/_next/data/') ? (request.nextUrl.buildId ?? '') : ''
  if (buildId !== '') request.nextUrl.buildId = ''
  if (payloadPath.test(url) && !skips)
    request.nextUrl.pathname = request.nextUrl.pathname.replace(/\.rsc$/, '')
  if (isData && !config.i18n && request.nextUrl.pathname === '/index')
    request.nextUrl.pathname = '/'
  const hash = cacheBuster.test(url) ? request.nextUrl.searchParams.get('_rsc') : null
  if (hash !== null) request.nextUrl.searchParams.delete('_rsc')
  // The middleware can change `nextUrl`.
  const payloadOf = payloadField.test(rawFields) ? request.nextUrl.clone() : null
  return {
    isData,
    payloadOf,
    hash,
    buildId,
    withheld: skips ? [] : withholdPageFields(rawFields, request),
  }
}

/**
 * Tells the server, and a client that asked for data or a payload, where a request is rewritten to.
 */
function describeRewrite(headers: Headers, asked: Asked, context: RequestContext): void {
  const rewrite = headers.get('x-middleware-rewrite')
  if (rewrite === null) return
  const { config } = context.invocation.target.generation.manifest
  const path = relative(rewrite, context, { forceLocale: true, buildId: asked.buildId })
  headers.set(
    'x-middleware-rewrite',
    config['skipProxyUrlNormalize'] === true ? relative(rewrite, context) : path,
  )
  if (asked.isData) headers.set('x-nextjs-rewrite', path)
  const { payloadOf } = asked
  if (payloadOf === null) return
  if (path.startsWith('/')) {
    const { pathname, search } = urlOf(rewrite, context, { forceLocale: true })
    if (payloadOf.pathname !== pathname) headers.set('x-nextjs-rewritten-path', pathname)
    if (payloadOf.search !== search) headers.set('x-nextjs-rewritten-query', search.slice(1))
  }
  if (asked.hash === null || asked.hash === '') return
  const whole = new URL(rewrite)
  if (whole.searchParams.has('_rsc')) return
  whole.searchParams.set('_rsc', asked.hash)
  headers.set('x-middleware-rewrite', relative(whole.toString(), context))
}

/**
 * Writes the location of a redirect as the client gets it; one that asked for data gets it in a
 * field of its own, because its `fetch` would follow a redirect.
 * @returns the location; null if there is none.
 */
function describeRedirect(headers: Headers, asked: Asked, context: RequestContext): string | null {
  const location = headers.get('location')
  if (location === null) return null
  const written = relative(location, context, { buildId: asked.buildId })
  if (!asked.isData) {
    headers.set('location', written)
    return written
  }
  headers.delete('location')
  headers.set('x-nextjs-redirect', written)
  return null
}

/** Removes page fields from the request. @returns their names and values. */
function withholdPageFields(
  rawFields: string,
  request: MiddlewareRequest,
): readonly [string, string][] {
  if (!anyPageField.test(rawFields)) return []
  const withheld: [string, string][] = []
  for (const name of pageFields) {
    const value = request.headers.get(name)
    if (value === null) continue
    withheld.push([name, value])
    request.headers.delete(name)
  }
  return withheld
}

/** If the middleware has overridden the route's fields, the withheld fields are kept. */
function restorePageFields(headers: Headers, withheld: readonly [string, string][]): void {
  const names = headers.get('x-middleware-override-headers')
  if (names === null || names === '' || withheld.length === 0) return
  for (const [name, value] of withheld) headers.set(`x-middleware-request-${name}`, value)
  headers.set(
    'x-middleware-override-headers',
    `${names},${withheld.map(([name]) => name).join(',')}`,
  )
}

function findFunction(module: RouteModule, name: string): Middleware | undefined {
  const inner = module['default'] as Record<string, unknown> | undefined
  // The exports of a CommonJS module are the default export of its bundle.
  const found = module[name] || inner?.[name] || inner?.['default'] || inner
  return typeof found === 'function' ? (found as Middleware) : undefined
}
