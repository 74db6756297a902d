import '../web/install.ts'
import { RequestContext, runInContext } from '../context/context.ts'
import { installAgentFetch } from '../context/agent_fetch.ts'
import { adaptToNext } from '../context/members.ts'
import { mergeCookies } from '../context/cookie_store.ts'
import { middlewareFields, sendResponse } from '../context/send.ts'
import { answerWithError } from '../invocation/failure.ts'
import type { RunRoute } from '../invocation/turns.ts'
import type { LoadedRoute, RouteModule } from '../project/generation.ts'
import { reportRequestError } from '../project/instrumentation.ts'
import { joinFields } from '../base/fields.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { answerOnceTold } from '../invocation/settle.ts'
import { Headers } from '../web/headers.ts'
import { NextURL, type NextUrlOptions } from '../web/next_url.ts'
import { traceMiddleware } from '../invocation/tracing.ts'
import { URL } from '../web/platform.ts'
import { isResponse, Response } from '../web/response.ts'
import { MiddlewareRequest, NextFetchEvent } from './request.ts'

type Middleware = (request: MiddlewareRequest, event: NextFetchEvent) => unknown

/** What Next.js's client sends for pages: the function sees none of it, the route does. */
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
 * What runs a project's `proxy` or `middleware` file. Its answers are what the server acts on: go
 * on (`x-middleware-next`), go elsewhere (`x-middleware-rewrite`, `location`), or be the answer.
 * @throws Error for a module without a function, in Next.js's words.
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
  // Whatever comes of it, a throw as well, comes through the promise.
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
  // The phrase is the status's own, as under Next.js.
  const answer =
    response.statusText === '' ? response : new Response(response.body, { status: response.status })
  sendResponse(invocation, answer, headers, (error) => fail(error, context), middlewareFields)
}

/** The route sees its fields in the order in which they came; what is new stands behind. */
function orderOverrides(headers: Headers, invocation: Invocation): void {
  const names = headers.get('x-middleware-override-headers')?.split(',')
  if (names === undefined || names.length < 2) return
  const wanted = new Set(names)
  const received = Object.keys(joinFields(invocation.rawFields)).filter((name) =>
    wanted.delete(name),
  )
  headers.set('x-middleware-override-headers', [...received, ...wanted].join(','))
}

/** As Next.js's server redirects: the place is the body too. */
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

/** 500, once the project's `onRequestError` has heard of it. */
function fail(error: unknown, context: RequestContext): void {
  const { invocation } = context
  if (invocation.aborted) return
  answerOnceTold(
    invocation,
    () => report(error, context),
    () => {
      if (!invocation.aborted) answerWithError(invocation, error)
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

/** Path and query of the request's URL; the target as it came where there is no such URL. */
function pathOf({ invocation, request }: RequestContext): string {
  try {
    const { pathname, search } = new URL(request.url)
    return pathname + search
  } catch {
    return invocation.url
  }
}

/**
 * A URL of this site by its path and query; another as it is. @throws TypeError for one that is not
 * absolute.
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

/** Takes fields of pages out of the request. @returns what they were. */
function withholdPageFields(
  invocation: Invocation,
  request: MiddlewareRequest,
): [string, string][] {
  // A page's data are the page's to the function.
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

/** A function that says which fields the route sees has not seen these: they stay. */
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
  // A CommonJS module's exports are the default export of its bundle.
  const found = module[name] || inner?.[name] || inner?.['default'] || inner
  return typeof found === 'function' ? (found as Middleware) : undefined
}
