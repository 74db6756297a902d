import type { LoadedRoute, RouteModule } from '../project/generation.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { logRouteError, respondWithError } from '../invocation/failure.ts'
import type { PagesApiOptions } from '../project/manifest.ts'
import { reportRouteError } from '../invocation/route_errors.ts'
import { respondOnceReported, settle } from '../invocation/settle.ts'
import { isTraced, traceHandler, traceRequest } from '../invocation/tracing.ts'
import { runSoon, type RunRoute } from '../invocation/run_soon.ts'
import { isResponse } from '../web/response.ts'
import { ApiError } from './api_error.ts'
import { readBody } from './body.ts'
import { pairOf, type Pair } from './pair.ts'
import type { ApiRequest } from './request.ts'
import type { ApiResponse } from './response.ts'
import { parseSize } from './size.ts'

type Handler = (req: ApiRequest, res: ApiResponse) => unknown

/** The exports of a route's module that matter here, read once. */
interface PagesRoute {
  readonly handler: Handler
  readonly edge: boolean
  readonly parsesBody: boolean
  /** The limit as the route declares it. */
  readonly sizeLimit: string | number
  /** Bytes. */
  readonly bodyLimit: number
  /** Bytes. */
  readonly warnBeyond: number
  readonly externalResolver: boolean
}

const defaultResponseLimit = 4 * 1024 * 1024

/**
 * Returns the function that runs a module of `pages/api`.
 * @throws Error for a module without a handler.
 */
export async function preparePagesRoute(
  target: LoadedRoute,
  module: RouteModule,
): Promise<RunRoute> {
  const route = inspect(target, module)
  if (route.edge) {
    const { runEdgeHandler } = await import('../context/edge.ts')
    const runEdge: RunRoute = (invocation) => runEdgeHandler(invocation, route.handler as never)
    return (invocation) => runSoon((invocation) => traceRequest(invocation, runEdge), invocation)
  }
  const runRoute: RunRoute = (invocation) => {
    const { req, res } = makePair(route, invocation)
    if (route.parsesBody) req.markParsed()
    run(route, target, req, res, invocation)
  }
  const runWithoutBody: RunRoute = (invocation) => traceRequest(invocation, runRoute)
  if (!route.parsesBody) return (invocation) => runSoon(runWithoutBody, invocation)
  return (invocation) => {
    if (invocation.hasBody) runWithBody(route, invocation)
    else runSoon(runWithoutBody, invocation)
  }
}

function runWithBody(route: PagesRoute, invocation: Invocation): void {
  readBody(invocation, route.bodyLimit, route.sizeLimit, (error, body) => {
    runSoon(() => {
      const { req, res } = makePair(route, invocation)
      req.markParsed()
      if (error !== null) {
        fail(error, invocation.target, res, invocation)
        return
      }
      req.body = body
      traceRequest(invocation, () => run(route, invocation.target, req, res, invocation))
    }, invocation)
  })
}

function makePair(route: PagesRoute, invocation: Invocation): Pair {
  const pair = pairOf(invocation)
  pair.res.beginRoute(route.warnBeyond)
  return pair
}

function run(
  route: PagesRoute,
  target: LoadedRoute,
  req: ApiRequest,
  res: ApiResponse,
  invocation: Invocation,
): void {
  const { development } = target.generation
  try {
    if (development) res.watchPipes()
    const result = isTraced()
      ? traceHandler(invocation, () => route.handler(req, res))
      : route.handler(req, res)
    if (result instanceof Promise || isThenable(result)) {
      settle(
        invocation,
        result as PromiseLike<unknown>,
        development
          ? (value) => warnOfResult(value, route, target, req, res, invocation)
          : undefined,
        (error) => fail(error, target, res, invocation),
      )
    } else if (development) {
      warnOfResult(result, route, target, req, res, invocation)
    }
  } catch (error) {
    fail(error, target, res, invocation)
  }
}

/** In development, warns of a handler's mistakes with Next.js's messages. */
function warnOfResult(
  result: unknown,
  route: PagesRoute,
  target: LoadedRoute,
  req: ApiRequest,
  res: ApiResponse,
  invocation: Invocation,
): void {
  if (result !== undefined) {
    if (isResponse(result)) {
      const error = new Error(
        'API route returned a Response object in the Node.js runtime, this is not supported. Please use `runtime: "edge"` instead: https://nextjs.org/docs/api-routes/edge-api-routes',
      )
      fail(error, target, res, invocation)
      return
    }
    console.warn(`API handler should not return a value, received ${typeof result}.`)
  }
  if (
    !route.externalResolver &&
    !res.finished &&
    !res.headersSent &&
    !res.wasPiped &&
    !invocation.aborted
  ) {
    console.warn(
      `API resolved without sending a response for ${req.url}, this may result in stalled requests.`,
    )
  }
}

/** Responds to a handler's error after the project's `onRequestError` has run. */
function fail(error: unknown, target: LoadedRoute, res: ApiResponse, invocation: Invocation): void {
  respondOnceReported(
    invocation,
    () => reportRouteError(invocation, 'Pages Router', error),
    () => respondToFailure(error, target, res, invocation),
  )
}

function respondToFailure(
  error: unknown,
  target: LoadedRoute,
  res: ApiResponse,
  invocation: Invocation,
): void {
  const ours = isApiError(error)
  if (invocation.aborted || (res.finished && invocation.responded)) {
    if (!ours) logRouteError(invocation, error)
  } else if (res.finished) {
    // For the handler the response has ended, but it could not be sent: its head is invalid.
    respondWithError(invocation, error)
  } else if (ours) {
    sendError(res, error.statusCode, error.message)
  } else if (target.generation.development) {
    respondWithError(invocation, error)
  } else {
    logRouteError(invocation, error)
    sendError(res, 500, 'Internal Server Error')
  }
}

function isApiError(error: unknown): error is ApiError {
  try {
    return error instanceof ApiError
  } catch {
    return false
  }
}

function sendError(res: ApiResponse, status: number, message: string): void {
  res.statusCode = status
  res.statusMessage = message
  res.end(message)
}

function inspect(target: LoadedRoute, module: RouteModule): PagesRoute {
  const handler = findHandler(module)
  if (typeof handler !== 'function') {
    throw new Error(
      `${target.route.file}: expected a function as default export (or module.exports), found ${typeof handler}; see https://nextjs.org/docs/messages/api-no-export`,
    )
  }
  const config = findConfig(module)
  const api = config.api ?? target.route.options.api ?? {}
  const { bodyParser } = api
  const limit = api.responseLimit ?? true
  const warnBeyond =
    typeof limit === 'boolean' ? defaultResponseLimit : (parseSize(limit) ?? defaultResponseLimit)
  const sizeLimit = (typeof bodyParser === 'object' && bodyParser?.sizeLimit) || '1mb'
  const runtime = module['runtime'] ?? config.runtime ?? target.route.options.runtime
  return {
    handler: handler as Handler,
    edge: runtime === 'edge' || runtime === 'experimental-edge',
    parsesBody: bodyParser !== false,
    sizeLimit,
    bodyLimit: parseSize(sizeLimit) ?? Infinity,
    warnBeyond: limit === false ? Infinity : warnBeyond,
    externalResolver: api.externalResolver === true,
  }
}

/**
 * Returns the default export of an ES module, or of a CommonJS module that is wrapped once more.
 */
function findHandler(module: RouteModule): unknown {
  const first = module['default'] ?? module
  return (first as { default?: unknown }).default ?? first
}

function findConfig(module: RouteModule): { api?: PagesApiOptions; runtime?: string } {
  const config = module['config'] ?? (module['default'] as { config?: unknown } | undefined)?.config
  return (config ?? {}) as { api?: PagesApiOptions; runtime?: string }
}

function isThenable(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
