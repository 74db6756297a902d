/**
 * Creates the spans that Next.js creates for requests, for projects that have registered an
 * OpenTelemetry provider. No package of OpenTelemetry is loaded for it: `@opentelemetry/api`
 * registers itself in a global of a known name, whichever copy of the package does so. Without a
 * provider, a request costs one read of that global.
 */
import { addForwardedFields, joinFields } from '../base/fields.ts'
import type { Invocation } from './invocation.ts'
import { observe } from './settle.ts'
import { normalizeUrl, withoutBasePath } from './query.ts'

/** OpenTelemetry's context: values that follow the running code. Immutable. */
interface Context {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): Context
}

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>

interface Span {
  spanContext?(): { traceId: string; spanId: string; traceFlags: number }
  setAttribute(name: string, value: string | number | boolean): unknown
  setAttributes(attributes: Attributes): unknown
  setStatus(status: { code: number; message?: string | undefined }): unknown
  recordException(error: unknown): unknown
  updateName(name: string): unknown
  end(): void
}

interface SpanOptions {
  readonly kind?: number
  readonly attributes?: Attributes
}

/**
 * The content of the global of `@opentelemetry/api`; each part exists once it has been registered.
 */
interface Registered {
  readonly trace?: {
    getTracer(
      name: string,
      version?: string,
    ): { startSpan(name: string, options: SpanOptions, context: Context): Span }
  }
  readonly context?: { active(): Context; with<T>(context: Context, work: () => T): T }
  readonly propagation?: { extract(context: Context, carrier: object, getter: object): Context }
}

/** A provider and its context manager; neither is useful without the other. */
interface Tracing {
  readonly trace: NonNullable<Registered['trace']>
  readonly context: NonNullable<Registered['context']>
  readonly propagation: Registered['propagation']
}

const globalName = Symbol.for('opentelemetry.js.api.1')
const spanKey = Symbol.for('OpenTelemetry Context Key SPAN')
/** The Next.js version whose spans are reproduced. */
const version = '16.4.6'
const kindServer = 1
const kindClient = 2
const statusError = 2
const errorFrom = 500

const getter = {
  get: (carrier: Record<string, unknown>, key: string): unknown => carrier[key],
  keys: (carrier: Record<string, unknown>): string[] => Object.keys(carrier),
}

function registered(): Tracing | null {
  const all = (globalThis as Record<symbol, unknown>)[globalName] as Registered | undefined
  if (all === undefined) return null
  const { trace, context, propagation } = all
  return trace === undefined || context === undefined ? null : { trace, context, propagation }
}

/**
 * The spans of requests in flight. A span ends when both the response has been sent and the handler
 * has returned.
 */
const requests = new WeakMap<Invocation, { left: number; readonly end: () => void }>()

function partDone(invocation: Invocation): void {
  const request = requests.get(invocation)
  if (request !== undefined && --request.left === 0) request.end()
}

/** Whether a tracing provider is registered. */
export function isTraced(): boolean {
  return registered() !== null
}

/** Returns the value of `traceparent` for the span that is active; undefined where none is. */
export function activeTraceparent(): string | undefined {
  const span = registered()?.context.active().getValue(spanKey) as Span | undefined
  const context = span?.spanContext?.()
  if (context === undefined || !/^[\da-f]{32}$/.test(context.traceId)) return undefined
  const flags = (context.traceFlags & 1).toString().padStart(2, '0')
  return `00-${context.traceId}-${context.spanId}-${flags}`
}

/** Runs a route for a request, in a span of the request if a provider is registered. */
export function traceRequest(invocation: Invocation, run: (invocation: Invocation) => void): void {
  const tracing = registered()
  if (tracing === null || invocation.fill) run(invocation)
  else runInSpan(tracing, invocation, run)
}

function runInSpan(
  tracing: Tracing,
  invocation: Invocation,
  run: (invocation: Invocation) => void,
): void {
  const { method } = invocation
  const { route } = invocation.target
  inCallersTrace(tracing, invocation, () => {
    const span = start(tracing, 'BaseServer.handleRequest', method, kindServer, {
      'http.method': method,
      'http.target': targetOf(invocation),
    })
    if (route.kind === 'app') {
      invocation.beforeResponse = () =>
        within(tracing, span, () =>
          start(tracing, 'NextNodeServer.startResponse', 'start response').end(),
        )
    }
    const end = (): void => {
      const { status } = invocation
      span.setAttributes({ 'http.status_code': status, 'next.rsc': false })
      if (status >= errorFrom) {
        span.setStatus({ code: statusError })
        span.setAttribute('error.type', String(status))
      }
      const name = `${method} ${route.path}`
      span.setAttributes({
        'next.route': route.path,
        'http.route': route.path,
        'next.span_name': name,
      })
      span.updateName(name)
      span.end()
    }
    requests.set(invocation, { left: 1, end })
    invocation.onClose(() => partDone(invocation))
    within(tracing, span, () => run(invocation))
  })
}

/**
 * Calls a route's handler, in a span of its own if a provider is registered.
 * @param isResponse whether an error that it throws is a response and not a failure.
 */
export function traceHandler<T>(
  invocation: Invocation,
  work: () => T,
  isResponseError?: (error: unknown) => boolean,
): T {
  const tracing = registered()
  if (tracing === null || invocation.fill) return work()
  const { kind, path } = invocation.target.route
  const request = requests.get(invocation)
  if (request !== undefined) ++request.left
  const span =
    kind === 'pages'
      ? start(tracing, 'Node.runHandler', `executing api route (pages) ${path}`)
      : start(
          tracing,
          'AppRouteRouteHandlers.runHandler',
          `executing api route (app) ${path}`,
          undefined,
          { 'next.route': path },
        )
  return spanAround(tracing, span, work, isResponseError, () => partDone(invocation))
}

/** Calls the middleware function, in a span of its own if a provider is registered. */
export function traceMiddleware<T>(
  invocation: Invocation,
  pathname: () => string,
  work: () => T,
): T {
  const tracing = registered()
  if (tracing === null) return work()
  const { method } = invocation
  return inCallersTrace(tracing, invocation, () => {
    const attributes = { 'http.target': pathname(), 'http.method': method }
    return spanAround(
      tracing,
      start(tracing, 'Middleware.execute', `middleware ${method}`, undefined, attributes),
      work,
    )
  })
}

/** Calls fetch for a route, in a span of its own if a provider is registered. */
export function traceFetch<T>(method: () => string, url: () => string, work: () => T): T {
  const tracing = registered()
  if (tracing === null || process.env['NEXT_OTEL_FETCH_DISABLED'] === '1') return work()
  const called = method()
  const address = url()
  const parsed = URL.parse(address)
  const attributes = {
    'http.url': address,
    'http.method': called,
    'net.peer.name': parsed?.hostname,
    'net.peer.port': parsed?.port || undefined,
  }
  return spanAround(
    tracing,
    start(
      tracing,
      'AppRender.fetch',
      ['fetch', called, address].filter(Boolean).join(' '),
      kindClient,
      attributes,
    ),
    work,
  )
}

/** Runs `work` in the trace that the request's headers name, unless a span is already active. */
function inCallersTrace<T>(
  { context, propagation }: Tracing,
  invocation: Invocation,
  work: () => T,
): T {
  const active = context.active()
  if (propagation === undefined || active.getValue(spanKey) !== undefined) return work()
  const headers = joinFields(invocation.rawFields)
  addForwardedFields(headers, invocation)
  return context.with(propagation.extract(active, headers, getter), work)
}

function start(
  { trace, context }: Tracing,
  type: string,
  name: string,
  kind?: number,
  attributes?: Attributes,
): Span {
  const given = {
    'next.span_category': 'nextjs',
    'next.span_name': name,
    'next.span_type': type,
    ...attributes,
  }
  const options = kind === undefined ? { attributes: given } : { kind, attributes: given }
  return trace.getTracer('next.js', version).startSpan(name, options, context.active())
}

function within<T>({ context }: Tracing, span: Span, work: () => T): T {
  return context.with(context.active().setValue(spanKey, span), work)
}

/** Runs `work` in a span, which ends when the work is done and records its failure. */
function spanAround<T>(
  tracing: Tracing,
  span: Span,
  work: () => T,
  isResponseError?: (error: unknown) => boolean,
  over?: () => void,
): T {
  const end = (): void => {
    span.end()
    over?.()
  }
  const failed = (error: unknown): void => {
    try {
      if (isResponseError?.(error) !== true) recordFailure(span, error)
    } catch {
      // Reading the error has thrown; the span still ends.
    }
    end()
  }
  let result: T
  try {
    result = within(tracing, span, work)
  } catch (error) {
    failed(error)
    throw error
  }
  if (typeof (result as PromiseLike<unknown> | null | undefined)?.then !== 'function') {
    end()
    return result
  }
  // The caller gets the original promise.
  observe(result as PromiseLike<unknown>, end, failed)
  return result
}

function recordFailure(span: Span, error: unknown): void {
  const { name, message } = (error ?? {}) as Partial<Error>
  span.setStatus({ code: statusError, message })
  if (error === undefined || error === null) return
  span.recordException(error)
  span.setAttribute('error.type', String(name))
}

/** The target as `req.url` has it. */
function targetOf({ url, target }: Invocation): string {
  return normalizeUrl(
    withoutBasePath(url, target.generation.manifest.config.basePath),
    target.route.parameters,
  )
}
