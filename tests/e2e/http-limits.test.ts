/**
 * Tests requests that no server should accept: each gets exactly one response with the right
 * status, and nothing after it is read.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { httpProject } from './http-project.ts'
import { build, RawClient, rawRequest, type Server, startServer } from './support/index.ts'

let server: Server

before(async () => {
  const directory = httpProject()
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(async () => void (await server?.stop()))

const follower = 'GET /api/hello?n=smuggled HTTP/1.1\r\nHost: test\r\n\r\n'
const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`

const refused: readonly (readonly [name: string, status: number, bytes: string])[] = [
  ['not HTTP', 400, 'hello there\r\n\r\n'],
  ['a request line of two words', 400, lines('GET /api/hello', 'Host: test')],
  ['a bad method', 400, lines('G@T /api/hello HTTP/1.1', 'Host: test')],
  ['a control character in the target', 400, lines('GET /api/\u0001hello HTTP/1.1', 'Host: test')],
  ['no Host', 400, lines('GET /api/hello HTTP/1.1')],
  ['two Hosts', 400, lines('GET /api/hello HTTP/1.1', 'Host: a', 'Host: b')],
  [
    'a space before the colon',
    400,
    lines('GET /api/hello HTTP/1.1', 'Host: test', 'X-Name : value'),
  ],
  ['a header without a name', 400, lines('GET /api/hello HTTP/1.1', 'Host: test', ': value')],
  ['a folded header', 400, lines('GET /api/hello HTTP/1.1', 'Host: test', 'X-Name: a', ' b')],
  ['NUL in a header', 400, lines('GET /api/hello HTTP/1.1', 'Host: test', 'X-Name: a\0b')],
  ['a bare CR in a header', 400, lines('GET /api/hello HTTP/1.1', 'Host: test', 'X-Name: a\rb')],
  [
    'a length that is not a number',
    400,
    lines('POST /api/echo HTTP/1.1', 'Host: test', 'Content-Length: five') + 'abcde',
  ],
  ['a negative length', 400, lines('POST /api/echo HTTP/1.1', 'Host: test', 'Content-Length: -1')],
  [
    'a length beyond 64 bits',
    400,
    lines('POST /api/echo HTTP/1.1', 'Host: test', 'Content-Length: 99999999999999999999999'),
  ],
  [
    'two lengths',
    400,
    lines('POST /api/echo HTTP/1.1', 'Host: test', 'Content-Length: 1', 'Content-Length: 2') + 'ab',
  ],
  [
    'a length and chunks',
    400,
    lines(
      'POST /api/echo HTTP/1.1',
      'Host: test',
      'Content-Length: 5',
      'Transfer-Encoding: chunked',
    ) + '0\r\n\r\n',
  ],
  [
    'an unknown transfer coding',
    400,
    lines('POST /api/echo HTTP/1.1', 'Host: test', 'Transfer-Encoding: gzip'),
  ],
  [
    'an unknown transfer coding before chunked',
    501,
    lines('POST /api/echo HTTP/1.1', 'Host: test', 'Transfer-Encoding: gzip, chunked'),
  ],
  [
    'chunked before another transfer coding',
    400,
    lines('POST /api/echo HTTP/1.1', 'Host: test', 'Transfer-Encoding: chunked, gzip'),
  ],
  ['a request line without a version', 400, 'GET / \r\n'],
  ['a space in the target', 400, lines('GET /api/a b HTTP/1.1', 'Host: test')],
  ['a version with leading zeros', 400, lines('GET /api/hello HTTP/01.01', 'Host: test')],
  ['HTTP/2.0 as text', 505, lines('GET /api/hello HTTP/2.0', 'Host: test')],
  ['HTTP/0.9', 505, lines('GET /api/hello HTTP/0.9', 'Host: test')],
  [
    'a head that is too large',
    431,
    lines('GET /api/hello HTTP/1.1', 'Host: test', `X-Large: ${'x'.repeat(20_000)}`),
  ],
  [
    'too many small headers',
    431,
    lines(
      'GET /api/hello HTTP/1.1',
      'Host: test',
      ...Array.from({ length: 2000 }, (_, i) => `X-${i}: ${i}`),
    ),
  ],
  [
    'a target that is too long',
    414,
    lines(`GET /api/hello?${'q'.repeat(20_000)} HTTP/1.1`, 'Host: test'),
  ],
]

for (const [name, status, bytes] of refused) {
  test(`${name}: ${status}`, async () => {
    using client = await RawClient.connect(server.port)
    await client.send(bytes + follower)
    const response = await client.response()
    assert.equal(response.status, status, response.statusLine)
    assert.equal(response.headers['connection'], 'close')
    assert.equal(await client.closed(), '', 'only one response')
  })
}

const brokenBodies: readonly (readonly [name: string, body: string])[] = [
  ['a chunk size that is not a number', 'xyz\r\nhello\r\n0\r\n\r\n'],
  ['a chunk longer than its size', '2\r\nhello\r\n0\r\n\r\n'],
  ['a chunk size beyond 64 bits', 'fffffffffffffffff\r\nhello'],
  ['an endless chunk extension', `5;${'x'.repeat(100_000)}\r\nhello\r\n0\r\n\r\n`],
  ['endless trailers', `0\r\n${'X-Trailer: x\r\n'.repeat(10_000)}\r\n`],
]

for (const [name, body] of brokenBodies) {
  test(`${name}: rejected or closed, and nothing after it is served`, async () => {
    using client = await RawClient.connect(server.port)
    await client.send(
      `${lines('POST /api/echo HTTP/1.1', 'Host: test', 'Transfer-Encoding: chunked')}${body}${follower}`,
    )
    const all = await client.closed()
    assert.doesNotMatch(all, /smuggled/)
    assert.match(all, /^(HTTP\/1\.1 (400|413|431) .*)?/)
    assert.doesNotMatch(all, /^HTTP\/1\.1 2/)
  })
}

test('a body larger than the handler accepts is 413, and the client receives the response', async () => {
  using client = await RawClient.connect(server.port)
  const body = 'x'.repeat(2_000_000)
  await client.send(
    `${lines('POST /api/parsed HTTP/1.1', 'Host: test', 'Content-Type: text/plain', `Content-Length: ${body.length}`)}${body}`,
  )
  const response = await client.response()
  assert.deepEqual([response.status, response.body], [413, 'Body exceeded 1mb limit'])
})

test('a large but valid head is served', async () => {
  const large = 'x'.repeat(12_000)
  const response = await rawRequest(
    server.port,
    lines('GET /api/headers HTTP/1.1', 'Host: test', `X-Large: ${large}`),
  )
  assert.equal(
    (JSON.parse(response.body) as { headers: Record<string, string> }).headers['x-large'],
    large,
  )
})

test('a handler does not mistake a truncated body for a complete one', async () => {
  using client = await RawClient.connect(server.port)
  await client.send(
    `${lines('POST /api/parsed HTTP/1.1', 'Host: test', 'Content-Type: text/plain', 'Content-Length: 10')}short`,
  )
  client.destroy(true)
  assert.equal((await rawRequest(server.port, follower)).status, 200)
})

test('after all of that the server still serves requests', async () => {
  assert.equal((await rawRequest(server.port, follower)).body, '{"hello":"smuggled"}')
})
