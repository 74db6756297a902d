/**
 * Tests the site's upstream: `[upstream]` of millrace.toml and `--upstream`, with a server that
 * responds, streams, switches protocols or is not there.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { build, project, RawClient, run, type Server, startServer } from './support/index.ts'

let server: Server
let directory: string
let closedPort: number
let abandoned: () => void = () => undefined
/** The upstream's connections that requests have used, in order. */
const connections: number[] = []

const origin = createServer((request, response) => void respond(request, response))
origin.on('upgrade', (request, socket, head) => void echoFrames(request, socket, head))

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  connections.push(request.socket.remotePort!)
  const { pathname } = new URL(request.url!, 'http://x')
  if (pathname === '/echo') {
    request.pipe(response)
  } else if (pathname === '/trailers') {
    response.writeHead(200, { trailer: 'x-sum' })
    response.write('body')
    response.addTrailers({ 'x-sum': '4' })
    response.end()
  } else if (pathname === '/events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: one\n\n')
    request.on('close', () => abandoned())
  } else {
    response
      .writeHead(203, { 'x-up': 'yes', 'content-type': 'text/plain' })
      .end(JSON.stringify({ url: request.url, fields: request.headers }))
  }
}

/** Accepts a WebSocket, and returns each of its short text frames. */
function echoFrames(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  )
  let received = head
  socket.on('error', () => undefined)
  socket.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes])
    while (received.length >= 2 && received.length >= 6 + (received[1]! & 127)) {
      const length = received[1]! & 127
      const mask = received.subarray(2, 6)
      const text = received.subarray(6, 6 + length).map((byte, i) => byte ^ mask[i & 3]!)
      socket.write(Buffer.concat([Buffer.from([received[0]!, length]), text]))
      if ((received[0]! & 15) === 8) socket.end()
      received = received.subarray(6 + length)
    }
  })
}

const portOf = (one: { address(): unknown }): number => (one.address() as AddressInfo).port

before(async () => {
  const closed = createTcpServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  closedPort = portOf(closed)
  closed.close()
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  directory = project({
    files: {
      'pages/api/hello.js': 'export default (_, res) => res.json({ here: true })',
      'public/file.txt': 'a file',
      'next.config.mjs': `export default {
        headers: async () => [{ source: '/:path*', headers: [{ key: 'x-rule', value: 'set' }] }],
        redirects: async () => [{ source: '/old', destination: '/new', permanent: false }],
      }`,
      'millrace.toml': `[upstream]\nurl = "http://127.0.0.1:${portOf(origin)}"\n`,
    },
  })
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(async () => {
  await server?.stop()
  origin.closeAllConnections()
  origin.close()
})

describe("the site's upstream", { timeout: 60_000 }, () => {
  test('gets what no route, file or rule takes, as the client has sent it', async () => {
    const text = async (path: string) => (await fetch(server.url + path)).text()
    assert.equal(await text('/api/hello'), '{"here":true}')
    assert.equal(await text('/file.txt'), 'a file')
    const redirect = await fetch(`${server.url}/old`, { redirect: 'manual' })
    assert.equal(redirect.headers.get('location'), '/new')
    const response = await fetch(`${server.url}/docs/a%20b?q=1&q=%32`, {
      headers: { 'x-mine': '1', cookie: 'a=b' },
    })
    assert.equal(response.status, 203)
    assert.equal(response.headers.get('x-up'), 'yes')
    assert.equal(response.headers.get('x-rule'), null)
    assert.equal(response.headers.get('vary'), null)
    const { url, fields } = (await response.json()) as {
      url: string
      fields: Record<string, string>
    }
    assert.equal(url, '/docs/a%20b?q=1&q=%32')
    const { host } = new URL(server.url)
    assert.equal(fields['host'], host)
    assert.equal(fields['x-forwarded-host'], host)
    assert.equal(fields['x-forwarded-proto'], 'http')
    assert.equal(fields['x-forwarded-port'], String(server.port))
    assert.match(fields['x-forwarded-for']!, /^(::ffff:)?127\.0\.0\.1$/)
    assert.equal(fields['x-mine'], '1')
    assert.equal(fields['cookie'], 'a=b')
  })

  test('streams in both directions at the same time', async () => {
    using client = await RawClient.connect(server.port)
    await client.send(
      'POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n',
    )
    await client.matching(/one/)
    await client.send('3\r\ntwo\r\n')
    await client.matching(/two/)
    await client.send('0\r\nx-trailer: not forwarded\r\n\r\n')
    await client.matching(/\r\n0\r\n\r\n$/)
  })

  test("does without the upstream's trailer fields", async () => {
    using client = await RawClient.connect(server.port)
    await client.send('GET /trailers HTTP/1.1\r\nHost: a\r\n\r\n')
    const response = await client.response()
    assert.equal(response.body, 'body')
    assert.equal(response.headers['trailer'], undefined)
    await client.send('GET /api/hello HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.equal((await client.response()).body, '{"here":true}')
  })

  test('keeps its connections', async () => {
    const from = connections.length
    for (let i = 0; i < 5; ++i) await (await fetch(`${server.url}/page/${i}`)).text()
    assert.ok(new Set(connections.slice(from)).size < 5)
  })

  test('sees that a client has disconnected', async () => {
    const heard = new Promise<void>((resolve) => (abandoned = resolve))
    const controller = new AbortController()
    const response = await fetch(`${server.url}/events`, { signal: controller.signal })
    const reader = response.body!.getReader()
    assert.equal(new TextDecoder().decode((await reader.read()).value), 'data: one\n\n')
    controller.abort()
    await heard
  })

  test('takes WebSockets, which routes do not', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket`)
    const messages: string[] = []
    await new Promise<void>((done, failed) => {
      socket.addEventListener('error', () => failed(new Error('the WebSocket failed')))
      socket.addEventListener('open', () => socket.send('one'))
      socket.addEventListener('message', ({ data }: MessageEvent<string>) => {
        messages.push(data)
        if (messages.length === 3) socket.close()
        else socket.send(`after ${data}`)
      })
      socket.addEventListener('close', () => done())
    })
    assert.deepEqual(messages, ['one', 'after one', 'after after one'])
    using client = await RawClient.connect(server.port)
    await client.send(
      'GET /api/hello HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    assert.equal((await client.response()).status, 200)
  })

  test('that cannot be reached is a 502, and the log says why', async () => {
    await using own = await startServer({
      command: 'start',
      directory,
      args: ['--workers', '1', '--upstream', `http://127.0.0.1:${closedPort}`],
    })
    const response = await fetch(`${own.url}/about`)
    assert.equal(response.status, 502)
    assert.match(await response.text(), /^Bad Gateway: the upstream cannot be reached/)
    await own.printed(
      new RegExp(
        `cannot forward a request to the upstream http://127\\.0\\.0\\.1:${closedPort}: cannot connect to 127\\.0\\.0\\.1:${closedPort}: Connection refused`,
      ),
    )
    assert.equal((await fetch(`${own.url}/api/hello`)).status, 200)
  })

  test('must be a server without a path', async () => {
    const { code, stderr } = await run(['start', directory, '--upstream', 'http://a/path'])
    assert.notEqual(code, 0)
    assert.match(stderr, /--upstream: expected the URL of a server, without a path/)
  })
})
