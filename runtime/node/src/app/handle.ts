import '../web/install.ts'
import { routeMethods } from '../base/methods.ts'
import { AbortReason } from '../../../../protocol/generated/frames.ts'
import { logRouteError, respondWithError } from '../invocation/failure.ts'
import type { RouteModule } from '../project/generation.ts'
import { reportRouteError } from '../invocation/route_errors.ts'
import { respondOnceReported, settle } from '../invocation/settle.ts'
import { InvocationAborted, type Invocation } from '../invocation/invocation.ts'
import type { Route } from '../project/manifest.ts'
import { isTraced, traceHandler } from '../invocation/tracing.ts'
import { Headers } from '../web/headers.ts'
import type { NextRequest } from '../web/next_request.ts'
import { headersOf, isResponse, Response } from '../web/response.ts'
import { upgradeOf } from '../web/upgrade_response.ts'
import { installAgentFetch } from '../context/agent_fetch.ts'
import { installTracePropagation } from '../context/trace_propagation.ts'
import { RequestContext, ResponseAborted, runInContext } from '../context/context.ts'
import type { CacheUse } from '../cache/cache_use.ts'
import { mergeCookies } from '../context/cookie_store.ts'
import { exported, type UpgradeExport, upgradeExport, warnOfExports } from './exports.ts'
import { installFetchCache } from './fetch/fetch_cache.ts'
import { hasMembers, paramsWithMembers } from '../context/members.ts'
import { guardRequest } from './request_guard.ts'
import { discardResponse, sendResponse } from '../context/send.ts'
import {
  lifetimeFields,
  StaticEvaluation,
  StaticGenBailoutError,
} from '../cache/static_generation.ts'
import { accessStatusOf, redirectionOf } from './signals.ts'
import { acceptWithExport, respondToUpgrade, respondUpgradeRequired } from './upgrades.ts'

export { adaptToNext } from '../context/members.ts'

/** The second argument of a handler; `params` is undefined if the path has no parameters. */
interface HandlerContext {
  readonly params: Promise<Record<string, string | string[]>> | undefined
}

type Handler = (request: NextRequest, context: HandlerContext) => unknown

/** The exports of a route's module that matter here, read once. */
interface AppRoute {
  readonly methods: ReadonlyMap<string, Handler>
  /** The `UPGRADE` export; null if there is none. */
  readonly upgrade: UpgradeExport | null
  readonly allow: string
  readonly hasParameters: boolean
  readonly edge: boolean
  readonly dynamic: unknown
  readonly revalidate: unknown
  readonly fetchCache: unknown
}

installTracePropagation()
installFetchCache()

const inspected = new WeakMap<RouteModule, AppRoute>()
/**
 * Handles an invocation of an `app` route with the handler that its module exports for the method.
 */
export function handleAppRoute(invocation: Invocation, module: RouteModule, route: Route): void {
  let known = inspected.get(module)
  if (known === undefined) {
    known = inspect(module, route, invocation.target.generation.development)
    inspected.set(module, known)
  }
  handle(known, invocation)
}

function handle(route: AppRoute, invocation: Invocation): void {
  const { method } = invocation
  if (acceptWithExport(invocation, route.upgrade)) return
  const handler = route.methods.get(method)
  if (handler === undefined) {
    respondWithoutHandler(route, method, invocation)
    return
  }
  const context = new RequestContext(invocation, route.edge)
  if (route.edge) context.namesAgent = true
  if (route.dynamic !== undefined) context.dynamic = route.dynamic
  if (route.fetchCache !== undefined) context.fetchCache = route.fetchCache
  if (invocation.fill) {
    context.evaluation = new StaticEvaluation(context.route)
    if (typeof route.revalidate === 'number') context.use.note({ revalidate: route.revalidate })
  }
  let result: unknown
  try {
    const params = route.hasParameters || route.edge ? paramsOf(invocation) : undefined
    const request = context.evaluation === null ? context.request : guarded(context)
    result = isTraced()
      ? traceHandler(
          invocation,
          () => runInContext(context, handler, request, { params }),
          isResponseError,
        )
      : runInContext(context, handler, request, { params })
  } catch (error) {
    fail(error, context)
    return
  }
  if (isThenable(result)) {
    settle(
      invocation,
      result,
      (response) => finish(response, context),
      (error) => fail(error, context),
    )
  } else {
    finish(result, context)
  }
}

function respondWithoutHandler(route: AppRoute, method: string, invocation: Invocation): void {
  if (method === 'GET' && route.upgrade !== null) {
    respondUpgradeRequired(invocation)
    return
  }
  const known = method === 'TRACE' || routeMethods.includes(method)
  // RFC 9110, 15.5.6: a 405 response lists the allowed methods. Next.js knows no other methods and
  // responds with 400.
  if (known)
    invocation.respond(
      method === 'OPTIONS' ? 204 : 405,
      '',
      `allow: ${route.allow}\r\n`,
      null,
      true,
    )
  else invocation.respond(400, '', '', null, true)
}

function paramsOf(invocation: Invocation): Promise<Record<string, string | string[]>> {
  const { generation, route } = invocation.target
  const params = invocation.params()
  return hasMembers(generation) ? paramsWithMembers(params, route.path) : Promise.resolve(params)
}

/** Returns the request that a handler gets when it is evaluated for the cache. */
function guarded(context: RequestContext): NextRequest {
  const { dynamic, request } = context
  if (context.requestless) return request
  return guardRequest(request, (expression) => {
    if (dynamic !== 'error') context.useRequest(`\`${expression}\``)
    throw new StaticGenBailoutError(
      `Route ${request.nextUrl.pathname} with \`dynamic = "error"\` couldn't be rendered statically because it used \`${expression}\`.`,
    )
  })
}

/** Whether an error that a handler has thrown is a response. */
function isResponseError(error: unknown): boolean {
  return redirectionOf(error) !== undefined || accessStatusOf(error) !== undefined
}

/** Returns the header fields that tell the server how long the response can be cached. */
function lifetimeFieldsOf(context: RequestContext, use: CacheUse | null): string {
  if (context.evaluation === null) return ''
  const seconds = context.invocation.target.generation.manifest.config.expireTime
  return lifetimeFields(context.evaluation.lifetime(use, context.implicitTags, seconds))
}

function finish(response: unknown, context: RequestContext): void {
  const { invocation } = context
  if (invocation.aborted) {
    if (isResponse(response)) discardResponse(invocation, response)
    return
  }
  try {
    if (!isResponse(response)) throw notAResponse(response, context)
    rejectMiddlewareResponse(response)
    const cookies = context.cookieStore === null ? null : mergeCookies(context, response.headers)
    const upgrade = upgradeOf(response)
    if (upgrade !== undefined) {
      respondToUpgrade(response, upgrade, cookies, context)
      return
    }
    sendResponse(
      invocation,
      response,
      cookies,
      (error) => respondToFailure(error, context),
      undefined,
      lifetimeFieldsOf(context, context.use),
    )
  } catch (error) {
    respondToFailure(error, context)
  }
}

/**
 * Whether an error only says that the client has disconnected or the deadline has passed; other
 * errors are logged.
 */
function isOfAbort(error: unknown, { abortReason }: Invocation): boolean {
  try {
    if (error instanceof InvocationAborted || error instanceof ResponseAborted) return true
    return abortReason === AbortReason.deadline && (error as Error | null)?.name === 'TimeoutError'
  } catch {
    // An error that throws when it is read is not one of ours.
    return false
  }
}

function fail(error: unknown, context: RequestContext): void {
  const { invocation } = context
  if (invocation.aborted) {
    if (!isOfAbort(error, invocation)) logRouteError(invocation, error)
    return
  }
  try {
    const redirection = redirectionOf(error)
    const status = redirection?.status ?? accessStatusOf(error)
    if (status === undefined) {
      respondToFailure(error, context)
      return
    }
    let headers = new Headers()
    if (redirection !== undefined) {
      headers.set('location', redirection.url)
      headers = mergeCookies(context, headers) ?? headers
    }
    const response = new Response(null, { status, headers })
    sendResponse(
      invocation,
      response,
      null,
      (problem) => respondToFailure(problem, context),
      undefined,
      lifetimeFieldsOf(context, null),
    )
  } catch (problem) {
    respondToFailure(problem, context)
  }
}

/** Responds with 500 after the project's `onRequestError` has run. */
function respondToFailure(error: unknown, context: RequestContext): void {
  if (context.invocation.onFailure !== null) {
    respondWithError(context.invocation, error)
    return
  }
  const { invocation } = context
  respondOnceReported(
    invocation,
    () => reportRouteError(invocation, 'App Router', error),
    () => sendFailureResponse(error, context),
  )
}

/** In production the response has no body, as in Next.js; in development it has the stack. */
function sendFailureResponse(error: unknown, context: RequestContext): void {
  const { invocation } = context
  if (invocation.aborted) return
  if (invocation.responded || invocation.target.generation.development) {
    respondWithError(invocation, error)
    return
  }
  logRouteError(invocation, error)
  if (context.edge) respondToEdgeFailure(invocation)
  else invocation.respond(500, '', '', null, true)
}

/** In the edge runtime, Next.js sends a text with its `ETag`. */
export function respondToEdgeFailure(invocation: Invocation): void {
  const etag =
    invocation.target.generation.manifest.config['generateEtags'] === false
      ? ''
      : 'etag: "66fci67lppl"\r\n'
  const fields = `cache-control: private, no-cache, no-store, max-age=0, must-revalidate\r\ncontent-type: text/plain\r\n${etag}`
  invocation.respond(
    500,
    '',
    fields,
    invocation.method === 'HEAD' ? null : 'Internal Server Error',
    true,
  )
}

function notAResponse(value: unknown, context: RequestContext): Error {
  const found =
    value === null
      ? 'null'
      : typeof value === 'object'
        ? (value as object).constructor?.name || 'object'
        : typeof value
  const { route } = context.invocation.target
  return new Error(
    `No response is returned from route handler '${route.file}'. Expected a Response object but received '${found}' (method: ${context.method}, url: ${context.request.nextUrl.pathname}). Ensure you return a \`Response\` or a \`NextResponse\` in all branches of your handler.`,
  )
}

function rejectMiddlewareResponse(response: Response): void {
  const headers = headersOf(response)
  if (headers === null) return
  if (headers.has('x-middleware-rewrite')) {
    throw new Error(
      'NextResponse.rewrite() was used in a app route handler, this is not currently supported. Please remove the invocation to continue.',
    )
  }
  if (headers.get('x-middleware-next') === '1') {
    throw new Error(
      'NextResponse.next() was used in a app route handler, this is not supported. See here for more info: https://nextjs.org/docs/messages/next-response-next-in-app-route-handler',
    )
  }
}

function inspect(module: RouteModule, route: Route, development: boolean): AppRoute {
  const methods = new Map<string, Handler>()
  for (const name of routeMethods) {
    const handler = exported(module, name)
    if (handler !== undefined && handler !== null) methods.set(name, handler as Handler)
  }
  if (development) warnOfExports(module, route)
  const allow = new Set<string>(['OPTIONS', ...methods.keys()])
  const get = methods.get('GET')
  if (get !== undefined && !methods.has('HEAD')) {
    methods.set('HEAD', get)
    allow.add('HEAD')
  }
  const edge = module['runtime'] === 'edge' || module['runtime'] === 'experimental-edge'
  if (edge) installAgentFetch()
  return {
    methods,
    upgrade: upgradeExport(module),
    allow: [...allow].sort().join(', '),
    hasParameters: route.parameters.length > 0,
    dynamic: exported(module, 'dynamic'),
    revalidate: exported(module, 'revalidate'),
    fetchCache: exported(module, 'fetchCache'),
    edge,
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
  )
}
