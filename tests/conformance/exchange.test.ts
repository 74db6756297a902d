/**
 * Tests sending cases: connections, cookies, captured values and repetition, with a server of this
 * test's own.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { type Case, readCases } from './cases.ts'
import { send, type Target } from './exchange.ts'
import { normalize } from './normalize.ts'
import { sendCase } from './session.ts'

const servers: Server[] = []
after(() => {
  for (const server of servers) server.close().closeAllConnections()
})

async function serve(listener: RequestListener): Promise<Target> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    second: 'http://127.0.0.1:9',
  }
}

const caseOf = (value: object): Case =>
  readCases('x.json', JSON.stringify({ area: 'Server', cases: [{ name: 'a', ...value }] }))
    .cases[0]!

test('a head is sent unchanged, with Host and the length added', async () => {
  const target = await serve((request, response) =>
    response.end(JSON.stringify([request.method, request.url, request.rawHeaders])),
  )
  const { responses } = await send(
    caseOf({
      method: 'PUT',
      path: '/a b'.replace(' ', '%20'),
      headers: { 'X-A': ['1', '2'] },
      body: 'ü',
    }),
    target,
  )
  assert.deepEqual(JSON.parse(responses[0]!.body), [
    'PUT',
    '/a%20b',
    ['Host', `127.0.0.1:${target.port}`, 'X-A', '1', 'X-A', '2', 'Content-Length', '2'],
  ])
})

test('a chunked body arrives completely', async () => {
  const target = await serve((request, response) => void request.pipe(response))
  const { responses } = await send(
    caseOf({ method: 'POST', path: '/', body: { repeat: 'abc', times: 1001 }, chunked: true }),
    target,
  )
  assert.equal(responses[0]!.body, 'abc'.repeat(1001))
})

test('steps share a connection, cookies and captured values', async () => {
  const ports = new Set<number | undefined>()
  const target = await serve((request, response) => {
    ports.add(request.socket.remotePort)
    if (request.url === '/first')
      response
        .setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; Max-Age=9'])
        .end('{"deep":{"token":"0123456789"}}')
    else if (request.url === '/second')
      response.setHeader('Set-Cookie', 'a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT').end()
    else response.end(`${request.url} ${request.headers.cookie}`)
  })
  const one = caseOf({
    cookies: true,
    steps: [
      { path: '/first', capture: { token: { json: 'deep.token' } } },
      { path: '/second' },
      { path: '/third/{{token}}/{{second}}' },
    ],
  })
  const exchange = await send(one, target)
  assert.equal(exchange.responses[2]!.body, '/third/0123456789/127.0.0.1:9 b=2')
  assert.equal(ports.size, 1)
  const normal = normalize(one, exchange, target)
  assert.equal(normal[2]!.body, '/third/{token}/{second} b=2')
  assert.ok(
    normal[0]!.fields.some(([name, value]) => name === 'set-cookie' && value.startsWith('b=2')),
  )
})

test('a step is repeated until its response matches', async () => {
  let count = 0
  const target = await serve((_request, response) => response.end(String((count += 1))))
  const { responses } = await send(caseOf({ path: '/', until: { body: '^3$' } }), target)
  assert.deepEqual(
    responses.map(({ body }) => body),
    ['3'],
  )
})

test('several requests are sent in one piece, one of them HEAD', async () => {
  const target = await serve((request, response) => response.end(request.url))
  const raw = ['HEAD /1', 'GET /2', 'GET /3']
    .map((line) => `${line} HTTP/1.1\r\nHost: {{host}}\r\n\r\n`)
    .join('')
  const { responses } = await send(caseOf({ raw, answers: ['HEAD', 'GET', 'GET'] }), target)
  assert.deepEqual(
    responses.map(({ status, body }) => [status, body]),
    [
      [200, ''],
      [200, '/2'],
      [200, '/3'],
    ],
  )
})

test('masks replace the complete match, or its group, and the length that depends on it', async () => {
  const target = await serve((_request, response) =>
    response.setHeader('X-Id', 'id-77').end(`time=${Date.now()};`),
  )
  const one = caseOf({ path: '/', mask: ['time=(\\d+)', '^id-\\d+$'] })
  const [normal] = normalize(one, await send(one, target), target)
  assert.equal(normal!.body, 'time={masked};')
  assert.deepEqual(
    normal!.fields
      .filter(([name]) => name === 'x-id' || name === 'content-length')
      .map(([, value]) => value),
    ['{masked}', '(of the body before names were replaced)'],
  )
})

test('a connection that ends without a response is a result', async () => {
  const target = await serve((request) => request.socket.destroy())
  const { responses } = await send(caseOf({ path: '/' }), target)
  assert.deepEqual(
    [responses[0]!.status, responses[0]!.broken],
    [0, 'the connection ended without a response'],
  )
})

test('what is masked because of the build is compared between servers of one build', async () => {
  const target = await serve((_request, response) => response.end('chunk-1'))
  const [one] = readCases(
    'x.json',
    JSON.stringify({
      area: 'Pages',
      buildMask: ['chunk-(\\d)'],
      cases: [{ name: 'a', path: '/' }],
    }),
  ).cases
  const bodies = await Promise.all([false, true].map((shared) => sendCase(one!, target, shared)))
  assert.deepEqual(
    bodies.map(([normal]) => normal!.body),
    ['chunk-{masked}', 'chunk-1'],
  )
})
