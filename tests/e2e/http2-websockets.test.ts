/** Tests WebSockets over HTTP/2, which a client opens with an extended CONNECT (RFC 8441). */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { build, project, type Server, startServer, write } from './support/index.ts'

let directory: string
let server: Server
before(async () => {
  directory = project({
    files: {
      'package.json': '{ "name": "websockets-http2", "private": true }',
      'app/api/echo/route.js': `
        export function GET() { return new Response('no socket', { status: 426 }) }
        export function UPGRADE(client, server, request) {
          client.on('message', (data, isBinary) => {
            if (String(data) === 'close') client.close(4000, 'as you say')
            else client.send(data, { binary: isBinary })
          })
          client.send(request.method + ' ' + request.headers.get('upgrade') + ' ' + request.nextUrl.search)
        }`,
      'app/api/plain/route.js': "export const GET = () => new Response('plain')",
    },
  })
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(() => server?.stop())

async function open(url = server.url): Promise<ClientHttp2Session & AsyncDisposable> {
  const session = connect(url)
  session.on('error', () => {})
  const [settings] = await once(session, 'remoteSettings')
  assert.equal(settings.enableConnectProtocol, true)
  const dispose = async () => {
    if (session.closed && session.destroyed) return
    session.destroy()
    await once(session, 'close')
  }
  return Object.assign(session, { [Symbol.asyncDispose]: dispose })
}

const offer = (session: ClientHttp2Session, path: string, protocol = 'websocket') =>
  session.request({
    ':method': 'CONNECT',
    ':protocol': protocol,
    ':path': path,
    'sec-websocket-version': '13',
  })

async function statusOf(stream: ClientHttp2Stream): Promise<number | undefined> {
  const [fields] = await once(stream, 'response')
  assert.equal(fields['sec-websocket-accept'], undefined)
  return fields[':status']
}

/** The client of the package `ws` over a stream that has been accepted. */
function client(stream: ClientHttp2Stream): WebSocket {
  // For a stream of its caller, the package has members that its types leave out.
  const Client = WebSocket as unknown as new (
    address: null,
    protocols: undefined,
    options: object,
  ) => WebSocket & {
    _isServer: boolean
    setSocket(socket: ClientHttp2Stream, head: Buffer, options: object): void
  }
  const options = {
    allowSynchronousEvents: false,
    autoPong: true,
    closeTimeout: 30_000,
    maxPayload: 0,
  }
  const socket = new Client(null, undefined, options)
  socket._isServer = false
  socket.setSocket(stream, Buffer.alloc(0), { ...options, skipUTF8Validation: false })
  return socket
}

async function message(socket: WebSocket): Promise<string> {
  const [data] = await once(socket, 'message')
  return String(data)
}

test('messages pass in both directions, beside requests of the same connection', async () => {
  await using session = await open()
  const stream = offer(session, '/api/echo?a=b')
  assert.equal(await statusOf(stream), 200)
  const socket = client(stream)
  assert.equal(await message(socket), 'GET websocket ?a=b')
  const large = 'x'.repeat(3_000_000)
  for (const text of ['one', large, '']) {
    socket.send(text)
    assert.equal(await message(socket), text)
  }
  const plain = session.request({ ':path': '/api/plain' })
  assert.equal((await once(plain, 'response'))[0][':status'], 200)
  plain.destroy()
  socket.close(1000, 'done')
  const [code, reason] = await once(socket, 'close')
  assert.deepEqual([code, String(reason)], [1000, 'done'])
})

test('the handler closes', async () => {
  await using session = await open()
  const stream = offer(session, '/api/echo')
  await statusOf(stream)
  const socket = client(stream)
  await message(socket)
  socket.send('close')
  const [code, reason] = await once(socket, 'close')
  assert.deepEqual([code, String(reason)], [4000, 'as you say'])
})

test('bytes that the client sends before the response belong to the tunnel', async () => {
  await using session = await open()
  const stream = offer(session, '/api/echo')
  // A masked text frame "hi".
  stream.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
  assert.equal(await statusOf(stream), 200)
  const socket = client(stream)
  const messages: string[] = []
  while (messages.length < 2) messages.push(await message(socket))
  assert.deepEqual(messages, ['GET websocket ', 'hi'])
  socket.terminate()
})

test('a route without a WebSocket responds, and other protocols are refused', async () => {
  await using session = await open()
  const plain = offer(session, '/api/plain')
  assert.equal(await statusOf(plain), 200)
  let body = ''
  for await (const chunk of plain.setEncoding('latin1')) body += chunk
  assert.equal(body, 'plain')
  assert.equal(await statusOf(offer(session, '/nowhere')), 404)
  assert.equal(await statusOf(offer(session, '/api/echo', 'connect-udp')), 501)
})

test('a tunnel without traffic is closed', async () => {
  write(directory, 'millrace.toml', '[limits]\ntunnel_timeout = "1s"\n')
  const short = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  try {
    await using session = await open(short.url)
    const stream = offer(session, '/api/echo')
    await statusOf(stream)
    stream.on('error', () => {})
    stream.resume()
    await new Promise((resolve) => stream.once('close', resolve))
    assert.equal(stream.rstCode, constants.NGHTTP2_CANCEL)
  } finally {
    await short.stop()
    write(directory, 'millrace.toml', '')
  }
})

test('at shutdown, WebSockets are closed with 1012', async () => {
  const own = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  await using session = await open(own.url)
  const stream = offer(session, '/api/echo')
  await statusOf(stream)
  const socket = client(stream)
  await message(socket)
  const closed = once(socket, 'close')
  const stopped = own.stop()
  assert.equal((await closed)[0], 1012)
  session.close()
  await stopped
})

test('the upstream accepts a WebSocket that came over HTTP/2', async () => {
  const behind = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(behind, 'listening')
  behind.on('connection', (socket) => socket.on('message', (data) => socket.send(`up ${data}`)))
  const { port } = behind.address() as AddressInfo
  write(directory, 'millrace.toml', `[upstream]\nurl = "http://127.0.0.1:${port}"\n`)
  const front = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  try {
    await using session = await open(front.url)
    const stream = offer(session, '/of-the-upstream')
    assert.equal(await statusOf(stream), 200)
    const socket = client(stream)
    socket.send('hello')
    assert.equal(await message(socket), 'up hello')
    socket.close()
    await once(socket, 'close')
  } finally {
    await front.stop()
    write(directory, 'millrace.toml', '')
    behind.close()
  }
})
