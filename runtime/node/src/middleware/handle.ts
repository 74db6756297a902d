import '../web/install.ts'
import { RequestContext, runInContext } from '../context/context.ts'
import { installAgentFetch } from '../context/agent_fetch.ts'
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
const redirectStatuses = new Set([301, 302, 303, 307, 308])

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
    const withheld = withholdPageFields(invocation, request)
    const call = (): unknown =>
      runInContext(context, middleware, request, new NextFetchEvent(invocation, page))
    const response = await traceMiddleware(invocation, () => request.nextUrl.pathname, call)
    if (invocation.aborted) return
    finish(response, withheld, context)
  })()
  result.catch((error: unknown) => fail(error, context))
}

function finish(
  response: unknown,
  withheld: readonly [string, string][],
  context: RequestContext,
): void {
  const { invocation } = context
  if (!response) {
    invocation.respond(200, '', 'x-middleware-next: 1\r\n', null, true)
    return
  }
  if (!isResponse(response)) throw new TypeError('Expected an instance of Response to be returned')
  const headers = mergeCookies(context, response.headers) ?? new Headers(response.headers)
  const rewrite = headers.get('x-middleware-rewrite')
  if (rewrite !== null) headers.set('x-middleware-rewrite', relative(rewrite, context))
  orderOverrides(headers, invocation)
  const location = headers.get('location')
  if (location !== null) headers.set('location', relative(location, context))
  restorePageFields(headers, withheld)
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
      if (!invocation.aborted) respondWithError(invocation, error)
    },
  )
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

/**
 * Returns path and query of a URL of this site, any other URL unchanged.
 * @throws TypeError for a URL that is not absolute.
 */
function relative(url: string, { invocation, request }: RequestContext): string {
  const { config } = invocation.target.generation.manifest
  const destination = new NextURL(url, { nextConfig: config as NextUrlOptions['nextConfig'] })
  if (
    destination.host !== request.nextUrl.host ||
    destination.protocol !== request.nextUrl.protocol
  )
    return destination.href
  return destination.href.slice(destination.origin.length)
}

/** Removes page fields from the request. @returns their names and values. */
function withholdPageFields(
  invocation: Invocation,
  request: MiddlewareRequest,
): [string, string][] {
  // The middleware sees a request for page data as one for the page.
  if (invocation.url.includes('/_next/data/')) request.nextUrl.buildId = ''
  if (invocation.url.includes('_rsc=')) request.nextUrl.searchParams.delete('_rsc')
  if (!anyPageField.test(invocation.rawFields)) return []
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
