import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Kind, noRoute } from '../../../protocol/generated/frames.ts'
import { TestProject, TestServer } from './support.ts'

/** Attaches itself as Socket.IO does. */
const attach = `
  const { server } = res.socket
  if (!server.io) {
    server.io = true
    const before = server.listeners('request').slice()
    server.removeAllListeners('request')
    server.on('request', (req, res) => {
      if (req.url.startsWith('/api/live')) {
        let body = ''
        req.on('data', (text) => (body += text)).on('end', () => { res.setHeader('Content-Type', 'text/plain'); res.end('live ' + req.method + ' ' + req.url + ' ' + body) })
      } else before.forEach((listener) => listener.call(server, req, res))
    })
  }`

test('request listeners receive requests before their routes', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => { ${attach}; res.json({ ready: true, body: req.body }) }`,
    },
    {
      kind: 'app',
      source: `export const POST = async (request) => Response.json({ app: await request.text() })`,
    },
    { path: '/api/live', source: `export default (req, res) => res.end('the route')` },
    {
      source: `export default (req, res) => { res.socket.server.removeAllListeners('request'); res.end('gone') }`,
    },
  ])
  const unrouted = { route: noRoute, url: '/api/live/elsewhere' }
  const received = (): number[] =>
    server.frames.filter(({ kind }) => kind === Kind.listening).map(({ payload }) => payload[0]!)
  assert.equal((await server.request({ route: 2, url: '/api/live' })).text, 'the route')
  assert.deepEqual([(await server.request(unrouted)).status, received()], [404, []])
  assert.equal((await server.request({ route: 0, url: '/api/0' })).text, '{"ready":true,"body":""}')
  assert.equal(
    (await server.request({ route: 2, url: '/api/live?EIO=4' })).text,
    'live GET /api/live?EIO=4 ',
  )
  assert.equal(
    (await server.request({ route: 2, url: '/api/live', body: 'sent' })).text,
    'live POST /api/live sent',
  )
  // The server is notified, and passes on requests that no route matches.
  assert.deepEqual(received(), [1])
  assert.equal((await server.request(unrouted)).text, 'live GET /api/live/elsewhere ')
  assert.equal((await server.request({ ...unrouted, url: '/none' })).status, 404)
  assert.equal(
    (await server.request({ route: 1, url: '/api/1', body: 'for the route' })).text,
    '{"app":"for the route"}',
  )
  const headers = [
    ['Host', 'a'],
    ['Content-Type', 'application/json'],
  ] as const
  assert.equal(
    (await server.request({ route: 0, url: '/api/0', body: '{"a":1}', headers })).text,
    '{"ready":true,"body":{"a":1}}',
  )
})

test("pairs become instances of node:http's classes when it is first imported, those in flight as well", async () => {
  using project = new TestProject()
  const late = (take: string): string => `export default async (req, res) => {
    const http = ${take}
    Object.setPrototypeOf(req, Object.create(http.IncomingMessage.prototype)); Object.setPrototypeOf(res, Object.create(http.ServerResponse.prototype))
    http.OutgoingMessage.prototype.setHeader.call(res, 'x-late', '1')
    res.json([req instanceof http.IncomingMessage, res instanceof http.ServerResponse, req.method, req.query])
  }`
  const ways = [
    `await import('node:http')`,
    `(await import('node:module')).createRequire(import.meta.url)('http')`,
    `process.getBuiltinModule('http')`,
  ]
  for (const way of ways) {
    await using server = await TestServer.start(project, [{ source: late(way) }])
    for (const turn of ['first', 'second']) {
      const response = await server.request({ url: `/api/0?turn=${turn}` })
      assert.deepEqual(
        [response.header('x-late'), response.text],
        ['1', `[true,true,"GET",{"turn":"${turn}"}]`],
        way,
      )
    }
  }
})

test('res.flush() exists, and what is written is sent', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => { res.flush(); res.write('one'); res.flush(); globalThis.end = () => res.end('two') }`,
    },
    { source: `export default (req, res) => { end(); res.end() }` },
  ])
  const open = server.open({ url: '/api/0' })
  await open.until(() => open.received === 3)
  await server.request({ route: 1 })
  assert.equal((await open.response()).text, 'onetwo')
})

test('monitoring that wraps servers, or subscribes to their requests, gets each one and its end', async () => {
  using project = new TestProject()
  // As Sentry and the instrumentations of OpenTelemetry do.
  const ways = {
    channel: `import { subscribe } from 'node:diagnostics_channel'
      const wrapped = new WeakSet()
      subscribe('http.server.request.start', ({ server }) => {
        if (wrapped.has(server)) return
        wrapped.add(server)
        const { emit } = server
        server.emit = function (event, ...all) { return around(emit, this, event, all) }
      })`,
    prototype: `import http from 'node:http'
      const { emit } = http.Server.prototype
      http.Server.prototype.emit = function (event, ...all) { return around(emit, this, event, all) }`,
  }
  const around = `import { AsyncLocalStorage } from 'node:async_hooks'
    const scopes = globalThis.scopes = new AsyncLocalStorage()
    let requests = 0
    function around(emit, server, event, all) {
      if (event !== 'request') return emit.call(server, event, ...all)
      const [req, res] = all
      const scope = { number: ++requests, tags: [] }
      res.on('close', () => console.log('seen ' + JSON.stringify([req.method, req.url, res.statusCode, scope.tags])))
      return scopes.run(scope, () => emit.call(server, event, ...all))
    }`
  for (const [way, watch] of Object.entries(ways)) {
    await using server = await TestServer.start(project, [
      {
        kind: 'app',
        source: `${around}\n${watch}\nexport const GET = () => new Response('watched')`,
      },
      {
        kind: 'app',
        source: `export const POST = async (request) => { scopes.getStore().tags.push(await request.text()); return Response.json(scopes.getStore().tags, { status: 201 }) }`,
      },
      {
        source: `export default (req, res) => { scopes.getStore().tags.push(req.query.tag); res.status(202).json([scopes.getStore().tags, req.url]) }`,
      },
    ])
    assert.equal((await server.request({ route: 0 })).text, 'watched')
    const responses = await Promise.all([
      server.request({ route: 1, url: '/api/1', body: 'one' }),
      server.request({ route: 2, url: '/api/2?tag=%74wo' }),
      server.request({ route: 1, url: '/api/1?x=1', body: 'three' }),
    ])
    assert.deepEqual(
      responses.map(({ text }) => text),
      ['["one"]', '[["two"],"/api/2?tag=two"]', '["three"]'],
      way,
    )
    const seen = (): string[] =>
      server.logs.flatMap(({ text }) => (text.startsWith('seen ') ? [text.slice(5)] : []))
    await server.until(() => seen().length === 3)
    assert.deepEqual(
      seen().sort(),
      [
        '["GET","/api/2?tag=two",202,["two"]]',
        '["POST","/api/1",201,["one"]]',
        '["POST","/api/1?x=1",201,["three"]]',
      ],
      way,
    )
  }
})
