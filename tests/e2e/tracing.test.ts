/** Tests traces: a local receiver of OTLP gets the spans of requests. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import { after, before, beforeEach, test } from 'node:test'
import { build, project, startServer } from './support/index.ts'

interface Value {
  readonly stringValue?: string
  readonly intValue?: string
}

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Value }[]
  readonly status?: { readonly code: number }
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Span['attributes'] }
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[]
  }[]
}

const received: { key: string | undefined; content: Export }[] = []
const collector = createServer((request, response) => {
  assert.equal(`${request.method} ${request.url}`, 'POST /v1/traces')
  assert.equal(request.headers['content-type'], 'application/json')
  let text = ''
  request.setEncoding('utf8').on('data', (part: string) => (text += part))
  request.on('end', () => {
    received.push({ key: request.headers['api-key'] as string, content: JSON.parse(text) })
    response.setHeader('content-type', 'application/json').end('{}')
  })
}).listen(0, '127.0.0.1')

let directory: string
before(async () => {
  await once(collector, 'listening')
  const { port } = collector.address() as AddressInfo
  directory = project({
    files: {
      'package.json': '{ "name": "traced", "private": true }',
      'millrace.toml': `[tracing]
        enabled = true
        endpoint = "http://127.0.0.1:${port}"
        headers = { Api-Key = "secret" }
        [admin]
        listen = "127.0.0.1:0"`,
      'proxy.js': `export default function proxy() {}
        export const config = { matcher: '/api/checked' }`,
      // Responds with the trace that the handler sees.
      'app/api/items/[id]/route.js': `export const GET = (request) =>
        new Response(request.headers.get('traceparent'))`,
      'app/api/checked/route.js': `export const GET = (request) =>
        new Response(request.headers.get('traceparent'))`,
      'pages/api/fails.js': `export default () => { throw new Error('broken') }`,
    },
  })
  await build(directory)
})
after(() => collector.close())
beforeEach(() => void received.splice(0))

const spans = (): Span[] =>
  received.flatMap(({ content }) =>
    content.resourceSpans.flatMap((resource) =>
      resource.scopeSpans.flatMap((scope) => scope.spans),
    ),
  )
const named = (name: string): Span => {
  const found = spans().filter((span) => span.name === name)
  assert.equal(found.length, 1, `${found.length} of ${spans().map((span) => span.name)}`)
  return found[0]!
}
const attributesOf = ({ attributes }: Pick<Span, 'attributes'>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]))

const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const traceparent = (flags: string) => `00-${caller.traceId}-${caller.spanId}-${flags}`

test('a request has spans for its wait and its handler, in the trace of its caller', async () => {
  let seen: string
  {
    await using server = await startServer({
      command: 'start',
      directory,
      env: { OTEL_SERVICE_NAME: 'shop' },
    })
    const response = await fetch(`${server.url}/api/items/7?secret=1`, {
      headers: { traceparent: traceparent('01') },
    })
    seen = await response.text()
  }
  // The spans are sent before the server ends.
  const request = named('GET /api/items/[id]')
  const [queue, handler] = [named('queue'), named('handler')]
  assert.equal(spans().length, 3)
  for (const span of [request, queue, handler]) assert.equal(span.traceId, caller.traceId)
  assert.equal(request.parentSpanId, caller.spanId)
  assert.equal(queue.parentSpanId, request.spanId)
  assert.equal(handler.parentSpanId, request.spanId)
  assert.equal(seen, `00-${caller.traceId}-${handler.spanId}-01`)
  // As Node.js names the IPv4 client of a dual-stack socket.
  const { 'client.address': client, ...attributes } = attributesOf(request)
  assert.match(client!, /^(::ffff:)?127\.0\.0\.1$/)
  assert.deepEqual(attributes, {
    'http.request.method': 'GET',
    'url.path': '/api/items/7',
    'url.scheme': 'http',
    'http.response.status_code': '200',
    'http.route': '/api/items/[id]',
  })
  const times = [
    request.startTimeUnixNano,
    queue.startTimeUnixNano,
    handler.startTimeUnixNano,
    handler.endTimeUnixNano,
    request.endTimeUnixNano,
  ].map(BigInt)
  // The clocks of start and end are read apart.
  const tolerance = 1_000_000_000n
  for (let i = 1; i < times.length; ++i) assert.ok(times[i]! + tolerance > times[i - 1]!)
  assert.equal(received[0]!.key, 'secret')
  const { resource } = received[0]!.content.resourceSpans[0]!
  assert.deepEqual(attributesOf(resource), { 'service.name': 'shop' })
})

test('the middleware has a span of its own, and a failure is marked', async () => {
  {
    await using server = await startServer({ command: 'start', directory })
    const checked = await fetch(`${server.url}/api/checked`)
    const handler = /^00-(\w{32})-(\w{16})-01$/.exec(await checked.text())
    assert.ok(handler)
    const failed = await fetch(`${server.url}/api/fails`)
    assert.equal(failed.status, 500)
  }
  const request = named('GET /api/checked')
  assert.equal(request.parentSpanId, undefined)
  assert.equal(named('middleware').parentSpanId, request.spanId)
  assert.equal(request.status, undefined)
  const failed = named('GET /api/fails')
  assert.deepEqual(failed.status, { code: 2 })
  assert.notEqual(failed.traceId, request.traceId)
})

test('a request that its caller does not record is not recorded', async () => {
  {
    await using server = await startServer({ command: 'start', directory })
    const response = await fetch(`${server.url}/api/items/7`, {
      headers: { traceparent: traceparent('00') },
    })
    assert.match(await response.text(), new RegExp(`^00-${caller.traceId}-\\w{16}-00$`))
  }
  assert.deepEqual(received, [])
})

test('a collector that cannot be reached delays no request and no shutdown', async () => {
  const file = join(directory, 'millrace.toml')
  writeFileSync(file, '[tracing]\nenabled = true\nendpoint = "http://127.0.0.1:1"\n')
  const server = await startServer({ command: 'start', directory })
  assert.equal((await fetch(`${server.url}/api/items/7`)).status, 200)
  assert.equal((await server.stop()).code, 0)
  assert.match(server.output(), /cannot send traces to http:\/\/127\.0\.0\.1:1\/v1\/traces: /)
})
