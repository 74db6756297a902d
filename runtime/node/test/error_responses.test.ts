// Whatever throws while a response is made, also while an error is handled, the request gets a
// response and the error is logged.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Kind, LogLevel } from '../../../protocol/generated/frames.ts'
import { encodeFrame, TestProject, TestServer, type TestRoute } from './support.ts'

/** Throws when it is read: it can be neither logged nor formatted. */
const hostile = `new Proxy({}, { get() { throw new Error('looked at') }, getPrototypeOf() { throw new Error('looked at') } })`
/** Has no text. */
const textless = 'Object.create(null)'
/** Has an endless chain of causes. */
const circular = `(() => { const error = new Error('round'); error.cause = error; return error })()`
const errors = { hostile, textless, circular }

const tooMuch = `'x'.repeat(600 * 1024)`

function throwing(value: string): Record<string, TestRoute> {
  return {
    pages: { source: `export default () => { throw ${value} }` },
    'pages, later': { source: `export default async () => { await null; throw ${value} }` },
    'pages, edge': {
      source: `export const config = { runtime: 'edge' }; export default () => { throw ${value} }`,
    },
    app: { kind: 'app', source: `export function GET() { throw ${value} }` },
    'app, later': {
      kind: 'app',
      source: `export async function GET() { await null; throw ${value} }`,
    },
    'app, in a stream': {
      kind: 'app',
      source: `export function GET() { return new Response(new ReadableStream({ pull() { throw ${value} } })) }`,
    },
    middleware: {
      kind: 'middleware',
      file: 'proxy.ts',
      source: `export function proxy() { throw ${value} }`,
    },
  }
}

/** Loads the routes, with the instrumentation file if one is given. */
async function start(
  project: TestProject,
  routes: readonly TestRoute[],
  mode: 'development' | 'production',
  instrumentation?: string,
): Promise<TestServer> {
  const server = new TestServer()
  const manifest = project.writeGeneration(routes, mode)
  if (instrumentation !== undefined) {
    project.write('.millrace/1/instrumentation.mjs', instrumentation)
    const { default: entire } = await import(manifest, { with: { type: 'json' } })
    entire.instrumentation = { file: 'instrumentation.ts', module: 'instrumentation.mjs' }
    project.write('.millrace/1/manifest.json', JSON.stringify(entire))
  }
  const ready = await server.load({ generation: 1, manifest, root: project.root, mode })
  assert.equal(ready['error'], undefined)
  return server
}

const listeners = {
  'without instrumentation': undefined,
  'with an onRequestError that throws': `export function onRequestError() { throw new Error('of the hook') }`,
  'with an onRequestError that throws what cannot be logged': `export function onRequestError() { throw ${hostile} }`,
  'with an onRequestError that breaks the console': `export function onRequestError() {
    console.error = () => { throw new Error('no console') }
  }`,
}

for (const mode of ['production', 'development'] as const) {
  for (const [listener, instrumentation] of Object.entries(listeners)) {
    test(`500 in ${mode} ${listener}, whatever is thrown`, async () => {
      using project = new TestProject()
      const named = Object.entries(errors).flatMap(([error, value]) =>
        Object.entries(throwing(value)).map(([name, route]) => ({
          name: `${name}: ${error}`,
          route,
        })),
      )
      const routes = named.map(({ route }, index) =>
        route.kind === 'app' ? { ...route, file: `app/api/${index}/route.ts` } : route,
      )
      await using server = await start(project, routes, mode, instrumentation)
      for (const [route, { name }] of named.entries()) {
        const response = await server.request({ route, url: '/api/x' })
        assert.equal(response.status, 500, name)
      }
    })
  }
}

test('a Host that is invalid in a URL fails its request only', async () => {
  using project = new TestProject()
  const routes: TestRoute[] = [
    {
      kind: 'middleware',
      file: 'proxy.ts',
      source: `export function proxy(request) { return Response.json(request.nextUrl.host) }`,
    },
    {
      kind: 'middleware',
      file: 'proxy.ts',
      source: `export function proxy() { throw new Error('broken') }`,
    },
    {
      kind: 'app',
      source: `export function GET(request) { return Response.json(request.nextUrl.host) }`,
    },
    {
      source: `export const config = { runtime: 'edge' }; export default (request) => Response.json(request.nextUrl.host)`,
    },
  ]
  const reported = `export function onRequestError(error, request) { console.log('reported ' + request.path) }`
  await using server = await start(project, routes, 'production', reported)
  for (const host of ['[', 'a:b:c', ':80', 'localhost:99999', '256.256.256.256']) {
    for (const route of routes.keys()) {
      const { status } = await server.request({
        route,
        url: '/api/x?a=1',
        headers: [['Host', host]],
      })
      assert.ok(status === 400 || status === 500, `${host} of route ${route}: ${status}`)
    }
  }
  await server.logged('reported /api/x?a=1')
  for (const host of ['[::1]:3000', 'a.example:80', '127.0.0.1']) {
    const response = await server.request({ headers: [['Host', host]] })
    assert.equal(response.status, 200, host)
  }
})

test('a response whose head is too long becomes 500', async () => {
  using project = new TestProject()
  await using server = await start(
    project,
    [
      { source: `export default (req, res) => { res.setHeader('x', ${tooMuch}); res.json({}) }` },
      {
        source: `export default async (req, res) => { await null; res.setHeader('x', ${tooMuch}); res.write('a'); res.end('b') }`,
      },
      {
        source: `export default (req, res) => { res.setHeader('x', ${tooMuch}); throw new Error('broken') }`,
      },
      {
        source: `import { Readable } from 'node:stream'
      export default (req, res) => { res.setHeader('x', ${tooMuch}); Readable.from(['a', 'b']).pipe(res) }`,
      },
      {
        kind: 'app',
        source: `export function GET() { return new Response('a', { headers: { x: ${tooMuch} } }) }`,
      },
      {
        kind: 'app',
        source: `export function GET() { return new Response(new ReadableStream(), { headers: { x: ${tooMuch} } }) }`,
      },
      {
        kind: 'middleware',
        file: 'proxy.ts',
        source: `export function proxy() { return new Response('a', { headers: { x: ${tooMuch} } }) }`,
      },
    ],
    'production',
  )
  for (let route = 0; route < 7; ++route) {
    assert.equal((await server.request({ route, url: '/api/x' })).status, 500, `route ${route}`)
    await server.logged('headers are limited to')
  }
})

test('a handler whose response throws while it fails gets a response', async () => {
  using project = new TestProject()
  await using server = await start(
    project,
    [
      {
        source: `export default (req, res) => { res.end = () => { throw new Error('no end') }; throw new Error('broken') }`,
      },
      {
        source: `export default async (req, res) => { res.writeHead = () => { throw new Error('no head') }; throw new Error('broken') }`,
      },
      { source: `export default (req, res) => { Object.freeze(res); throw new Error('broken') }` },
    ],
    'production',
  )
  for (const route of [0, 1, 2])
    assert.equal((await server.request({ route })).status, 500, `route ${route}`)
  assert.equal((await server.logged('no end')).level, LogLevel.error)
})

test('a listener that throws when the client disconnects does not block the stream', async () => {
  using project = new TestProject()
  await using server = await start(
    project,
    [
      {
        source: `export default (req, res) => {
        for (const event of ['aborted', 'close', 'error']) req.on(event, () => { throw new Error('listener of ' + event) })
        req.socket.on('close', () => { throw new Error('listener of the socket') })
        res.write('open')
      }`,
      },
    ],
    'production',
  )
  const exchange = server.open({})
  await exchange.until(() => exchange.received > 0)
  exchange.abort()
  await server.logged('listener of')
  server.write(encodeFrame(Kind.drain, 0))
  assert.equal(await server.exit(), 0)
})
