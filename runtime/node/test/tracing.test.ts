/**
 * Spans equal those of Next.js, recorded by a provider that is registered through the API's
 * package.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { TestProject, TestServer } from './support.ts'

const api = JSON.stringify(import.meta.resolve('next/dist/compiled/@opentelemetry/api/index.js'))

/** What a project's instrumentation registers; ended spans are logged. */
const register = `
import otel from ${api}
import { AsyncLocalStorage } from 'node:async_hooks'
const { context, propagation, ROOT_CONTEXT, trace } = otel
const storage = new AsyncLocalStorage()
context.setGlobalContextManager({
  active: () => storage.getStore() ?? ROOT_CONTEXT,
  with: (next, work, self, ...rest) => storage.run(next, () => work.apply(self, rest)),
  bind: (_, work) => work, enable() { return this }, disable() { return this },
})
propagation.setGlobalPropagator({
  fields: () => ['traceparent'], inject() {},
  extract(given, carrier, getter) {
    const parts = /^00-(\\w+)-(\\w+)-/.exec(getter.get(carrier, 'traceparent') ?? '')
    return parts === null ? given : trace.setSpanContext(given, { traceId: parts[1], spanId: parts[2], traceFlags: 1, isRemote: true })
  },
})
let ids = 0
trace.setGlobalTracerProvider({
  getTracer: (library) => ({
    startSpan(name, { kind, attributes }, of = context.active()) {
      const parent = trace.getSpanContext(of)
      const span = {
        library, name, kind, attributes: { ...attributes }, parent: parent?.spanId, trace: parent?.traceId ?? 'new', id: 'span' + ++ids,
        spanContext: () => ({ traceId: span.trace, spanId: span.id, traceFlags: 1 }), isRecording: () => true,
        setAttribute(key, value) { span.attributes[key] = value }, setAttributes(more) { Object.assign(span.attributes, more) },
        setStatus(status) { span.status = status }, updateName(next) { span.name = next }, recordException(error) { span.exception = error.message },
        end() { console.log('span ' + JSON.stringify(span)) },
      }
      return span
    },
    startActiveSpan(name, work) { const span = this.startSpan(name, {}); return context.with(trace.setSpan(context.active(), span), () => work(span)) },
  }),
})
export default (req, res) => res.end('registered')`

interface Span {
  readonly name: string
  readonly kind?: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly parent?: string
  readonly trace: string
  readonly id: string
  readonly status?: object
  readonly exception?: string
}

const project = new TestProject()
let server: TestServer

before(async () => {
  const own = `import otel from ${api}\nconst own = () => otel.trace.getTracer('shop').startActiveSpan('own', (span) => { span.end(); return span.spanContext().traceId })`
  server = await TestServer.start(project, [
    { source: register },
    {
      kind: 'app',
      path: '/api/items/[id]',
      source: `${own}\nexport const GET = async () => { await null; return Response.json(own(), { status: 201 }) }`,
    },
    {
      path: '/api/old',
      source: `${own}\nexport default async (req, res) => { await null; res.status(202).json(own()) }`,
    },
    {
      kind: 'app',
      path: '/api/fails',
      source: `export const GET = async () => { throw new TypeError('broken') }`,
    },
    {
      kind: 'app',
      path: '/api/away',
      source: `import { redirect } from 'next/navigation'\nexport const GET = () => redirect('/there')`,
    },
    {
      kind: 'app',
      path: '/api/asks',
      source: `export const POST = async () => new Response(await (await fetch('data:text/plain,hello')).text())`,
    },
    {
      kind: 'middleware',
      path: '/',
      file: 'proxy.ts',
      source: `${own}\nexport default () => { own() }`,
    },
  ])
})
after(async () => {
  await server[Symbol.asyncDispose]()
  project[Symbol.dispose]()
})

/** Sends a request and returns the spans that ended for it, in order. */
async function spansOf(
  request: Parameters<TestServer['request']>[0],
  last: string,
): Promise<Span[]> {
  const from = server.logs.length
  await server.request(request)
  const found = (): Span[] =>
    server.logs
      .slice(from)
      .flatMap(({ text }) => (text.startsWith('span ') ? [JSON.parse(text.slice(5)) as Span] : []))
  await server.until(() => found().some(({ name }) => name === last))
  return found()
}

const common = { 'next.span_category': 'nextjs' }

test('without a provider there are no spans, and routes respond', async () => {
  assert.equal((await server.request({ route: 3, url: '/api/fails' })).status, 500)
  assert.equal((await server.request({ route: 0 })).text, 'registered')
})

test('a route handler: the request, the handler, the first byte', async () => {
  const spans = await spansOf(
    {
      route: 1,
      url: '/api/items/7?a=1',
      headers: [
        ['Host', 'a'],
        ['Traceparent', '00-abc-def-01'],
      ],
    },
    'GET /api/items/[id]',
  )
  const [own, handler, first, request] = spans
  assert.deepEqual(
    spans.map(({ name }) => name),
    ['own', 'executing api route (app) /api/items/[id]', 'start response', 'GET /api/items/[id]'],
  )
  assert.deepEqual(
    [own!.parent, handler!.parent, first!.parent, request!.parent],
    [handler!.id, request!.id, request!.id, 'def'],
  )
  assert.deepEqual(
    spans.map(({ trace }) => trace),
    ['abc', 'abc', 'abc', 'abc'],
  )
  assert.equal(request!.kind, 1)
  assert.deepEqual(request!.attributes, {
    ...common,
    'next.span_name': 'GET /api/items/[id]',
    'next.span_type': 'BaseServer.handleRequest',
    'http.method': 'GET',
    'http.target': '/api/items/7?a=1',
    'http.status_code': 201,
    'next.rsc': false,
    'next.route': '/api/items/[id]',
    'http.route': '/api/items/[id]',
  })
  assert.deepEqual(handler!.attributes, {
    ...common,
    'next.span_name': 'executing api route (app) /api/items/[id]',
    'next.span_type': 'AppRouteRouteHandlers.runHandler',
    'next.route': '/api/items/[id]',
  })
})

test('a handler of pages/api', async () => {
  const spans = await spansOf({ route: 2, url: '/api/old' }, 'GET /api/old')
  assert.deepEqual(
    spans.map(({ name, trace }) => [name, trace]),
    [
      ['own', 'new'],
      ['executing api route (pages) /api/old', 'new'],
      ['GET /api/old', 'new'],
    ],
  )
  assert.equal(spans[0]!.parent, spans[1]!.id)
  assert.equal(spans[1]!.attributes['next.span_type'], 'Node.runHandler')
  assert.equal(spans[2]!.attributes['http.status_code'], 202)
})

test('a failure is recorded, a redirect is not a failure', async () => {
  const [handler, , request] = await spansOf({ route: 3, url: '/api/fails' }, 'GET /api/fails')
  assert.deepEqual(
    [handler!.exception, handler!.status, handler!.attributes['error.type']],
    ['broken', { code: 2, message: 'broken' }, 'TypeError'],
  )
  assert.deepEqual(
    [request!.status, request!.attributes['error.type'], request!.attributes['http.status_code']],
    [{ code: 2 }, '500', 500],
  )
  const away = await spansOf({ route: 4, url: '/api/away' }, 'GET /api/away')
  assert.deepEqual(
    away.map(({ status, exception }) => [status, exception]),
    [
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ],
  )
})

test('fetch, and middleware', async () => {
  const [span] = await spansOf({ route: 5, url: '/api/asks', body: 'x' }, 'POST /api/asks')
  assert.deepEqual(
    [span!.name, span!.kind, span!.attributes['next.span_type'], span!.attributes['http.method']],
    ['fetch GET data:text/plain,hello', 2, 'AppRender.fetch', 'GET'],
  )
  const proxy = await spansOf(
    {
      route: 6,
      url: '/some?x=1',
      headers: [
        ['Host', 'a'],
        ['Traceparent', '00-abc-def-01'],
      ],
    },
    'middleware GET',
  )
  assert.deepEqual(
    proxy.map(({ name, parent, trace }) => [name, parent, trace]),
    [
      ['own', proxy[1]!.id, 'abc'],
      ['middleware GET', 'def', 'abc'],
    ],
  )
  assert.deepEqual(
    [proxy[1]!.attributes['http.target'], proxy[1]!.attributes['next.span_type']],
    ['/some', 'Middleware.execute'],
  )
})
