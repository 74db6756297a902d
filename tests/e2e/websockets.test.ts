/**
 * Tests WebSockets with their real clients: `UPGRADE` exports, `NextResponse.upgrade()`, Socket.IO
 * and `ws` on `res.socket.server`; and how they end at deploys, at shutdown and with their worker.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import { build, project, run, type Server, startServer, write } from './support/index.ts'

const files = {
  'package.json': '{ "private": true }',
  'app/api/echo/[room]/route.js': `
    import { headers } from 'next/headers'
    export async function UPGRADE(client, server, request, context) {
      client.on('message', (data, isBinary) => client.send(data, { binary: isBinary }))
      client.send(JSON.stringify({
        room: context.params.room,
        path: request.nextUrl.pathname + request.nextUrl.search,
        agent: (await headers()).get('x-agent'),
        clients: server.clients.size > 0,
        open: client.readyState === client.OPEN,
      }))
    }`,
  'app/api/fails/route.js': `
    export function UPGRADE() { throw new Error('the handler fails') }`,
  'app/api/hooks/route.js': `
    import { NextResponse } from 'next/server'
    import { cookies } from 'next/headers'
    export async function GET(request) {
      if (request.nextUrl.searchParams.has('no')) return new Response('go away', { status: 401 })
      ;(await cookies()).set('seen', 'yes')
      const options = request.nextUrl.searchParams.has('chat') ? { protocol: 'chat.v1' } : {}
      return NextResponse.upgrade({
        open(peer) { peer.send('hello ' + new URL(peer.request.url).pathname); peer.subscribe('all') },
        message(peer, message) {
          if (message.text() === 'throw') throw new Error('the hook fails')
          peer.send(message.text()); peer.publish('all', 'to all')
        },
      }, options)
    }`,
  'pages/api/socket.js': `
    import { Server } from 'socket.io'
    export default (req, res) => {
      const { server } = res.socket
      if (!server.io) {
        server.io = new Server(server, { path: '/api/live', addTrailingSlash: false })
        server.io.on('connection', (socket) => {
          socket.emit('hello', 'there')
          socket.on('echo', (value, reply) => reply(value))
        })
      }
      res.json({ ready: true })
    }`,
  'pages/api/ends.js': `export default (req, res) => {
      res.socket.server.once('upgrade', (request, socket) => socket.end())
      res.json({})
    }`,
  'pages/api/raw.js': `
    import { WebSocketServer } from 'ws'
    export default (req, res) => {
      const { server } = res.socket
      if (!server.wss) {
        server.wss = new WebSocketServer({ noServer: true })
        server.on('upgrade', (request, socket, head) => {
          if (!request.url.startsWith('/raw')) return
          server.wss.handleUpgrade(request, socket, head, (client) => {
            client.on('message', (data) => client.send(request.url + ' ' + data))
            if (request.url.endsWith('die')) process.exit(1)
          })
        })
      }
      res.json({ ready: true })
    }`,
}

let built: Promise<string> | null = null

/** A client and everything that it receives. */
class Client {
  readonly socket: WebSocket
  readonly #messages: string[] = []
  #waiting: PromiseWithResolvers<string> | null = null
  readonly closed: Promise<number>

  constructor(
    url: string,
    options: ConstructorParameters<typeof WebSocket>[2] = {},
    protocols: string[] = [],
  ) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, options)
    this.socket.on('message', (data) => {
      if (this.#waiting === null) this.#messages.push(String(data))
      else this.#waiting.resolve(String(data))
      this.#waiting = null
    })
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
    this.socket.once('close', (code) => this.#waiting?.reject(new Error(`closed with ${code}`)))
    this.socket.on('error', (error) => this.#waiting?.reject(error))
  }

  /** Returns the next message. Rejects if the connection ends instead. */
  next(): Promise<string> {
    const first = this.#messages.shift()
    if (first !== undefined) return Promise.resolve(first)
    this.#waiting = Promise.withResolvers()
    return this.#waiting.promise
  }

  async ask(text: string): Promise<string> {
    this.socket.send(text)
    return this.next()
  }

  async close(): Promise<number> {
    this.socket.close(1000)
    return this.closed
  }
}

/** Returns status and body of the response to an upgrade that is rejected. */
async function rejection(
  url: string,
  options: object = {},
  protocols: string[] = [],
): Promise<{ status: number; body: string }> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, options)
  socket.on('error', () => undefined)
  const [, response] = await once(socket, 'unexpected-response')
  let body = ''
  for await (const part of response) body += part
  return { status: response.statusCode, body }
}

async function call(url: string): Promise<void> {
  assert.equal((await fetch(url)).status, 200)
}

for (const command of ['start', 'dev'] as const) {
  describe(command, () => {
    let server: Server

    before(async () => {
      if (command === 'start') server = (await start()).server
      else server = await startServer({ command, directory: project({ files, modules: true }) })
    })
    after(() => server.stop())

    test(`an UPGRADE export gets client, server, request and context`, async () => {
      const client = new Client(`${server.url}/api/echo/blue?a=1`, { headers: { 'x-agent': 'me' } })
      assert.deepEqual(JSON.parse(await client.next()), {
        room: 'blue',
        path: '/api/echo/blue?a=1',
        agent: 'me',
        clients: true,
        open: true,
      })
      assert.equal(await client.ask('one'), 'one')
      const long = 'x'.repeat(2_000_000)
      assert.equal(await client.ask(long), long)
      assert.equal(await client.close(), 1000)
      const response = await fetch(`${server.url}/api/echo/blue`)
      assert.equal(response.status, 426)
      assert.equal(response.headers.get('upgrade'), 'websocket')
    })

    test(`an error of an UPGRADE export closes the WebSocket with 1011`, async () => {
      assert.equal(await new Client(`${server.url}/api/fails`).closed, 1011)
      await server.printed(/the handler fails/)
    })

    test(`NextResponse.upgrade() accepts, rejects and selects a protocol`, async () => {
      const url = `${server.url}/api/hooks`
      const one = new Client(url)
      const [response] = await once(one.socket, 'upgrade')
      assert.deepEqual(response.headers['set-cookie'], ['seen=yes; Path=/'])
      assert.equal(await one.next(), 'hello /api/hooks')
      const two = new Client(`${url}?chat=1`, {}, ['other', 'chat.v1'])
      assert.equal(await two.next(), 'hello /api/hooks')
      assert.equal(two.socket.protocol, 'chat.v1')
      assert.equal(await two.ask('mine'), 'mine')
      assert.equal(await one.next(), 'to all')
      assert.equal(await two.close(), 1000)
      one.socket.send('throw')
      assert.equal(await one.closed, 1011)

      assert.deepEqual(await rejection(`${url}?no=1`), { status: 401, body: 'go away' })
      assert.equal((await rejection(`${url}?chat=1`, {}, ['other'])).status, 400)
      assert.equal((await rejection(url, { origin: 'https://evil.example' })).status, 403)
      assert.equal((await fetch(url)).status, 426)
    })

    test(`Socket.IO works with both transports`, async () => {
      await call(`${server.url}/api/socket`)
      for (const transports of [['polling', 'websocket'], ['websocket']]) {
        const socket: Socket = io(server.url, {
          path: '/api/live',
          transports,
          forceNew: true,
          reconnection: false,
        })
        const [greeting] = await once(socket as never, 'hello')
        assert.equal(greeting, 'there')
        const { engine } = socket.io
        if (engine.transport.name !== 'websocket') await once(engine as never, 'upgrade')
        assert.equal(engine.transport.name, 'websocket')
        assert.deepEqual(await socket.emitWithAck('echo', { a: 1 }), { a: 1 })
        socket.disconnect()
      }
    })

    test(`listeners for upgrade get those that match no route`, async () => {
      await call(`${server.url}/api/raw`)
      const client = new Client(`${server.url}/raw/a`)
      await once(client.socket, 'open')
      assert.equal(await client.ask('b'), '/raw/a b')
      assert.equal(await client.close(), 1000)
    })
  })
}

/** Starts a server for the project, which is built once, with a pool of one worker. */
async function start(settings = ''): Promise<{ server: Server; directory: string }> {
  built ??= (async () => {
    const made = project({ files, modules: true })
    await build(made)
    return made
  })()
  const directory = await built
  write(directory, 'millrace.toml', `[pools.default]\nworkers = 1\n${settings}`)
  return { directory, server: await startServer({ command: 'start', directory }) }
}

test('a deploy closes WebSockets with 1012, and new ones go to the new build', async () => {
  const { server, directory } = await start()
  await using _ = server
  const ended = new Client(`${server.url}/api/echo/a`)
  await ended.next()
  const hooks = new Client(`${server.url}/api/hooks`)
  await hooks.next()
  await call(`${server.url}/api/raw`)
  const raw = new Client(`${server.url}/raw`)
  await once(raw.socket, 'open')
  // A client that does not respond to the Close frame.
  const stubborn = connect(server.port, '127.0.0.1')
  stubborn.write(
    'GET /api/echo/b HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  let got = Buffer.alloc(0)
  stubborn.on('data', (bytes) => (got = Buffer.concat([got, bytes])))
  await once(stubborn, 'data')
  await build(directory)
  const done = await run(['reload', directory])
  assert.equal(done.code, 0, done.stderr)
  assert.deepEqual(await Promise.all([ended.closed, hooks.closed, raw.closed]), [1012, 1012, 1012])
  await once(stubborn, 'close')
  assert.ok(got.includes(Buffer.from([0x03, 0xf4])), 'it got the Close frame')
  const again = new Client(`${server.url}/api/echo/a`)
  assert.equal(JSON.parse(await again.next()).room, 'a')
  await again.close()
})

test('a shutdown closes WebSockets with 1012', async () => {
  const { server } = await start()
  const client = new Client(`${server.url}/api/echo/a`)
  await client.next()
  const stopped = server.stop()
  assert.equal(await client.closed, 1012)
  await stopped
})

test('a WebSocket is cut with its worker', async () => {
  const { server } = await start()
  await using _ = server
  await call(`${server.url}/api/raw`)
  const client = new Client(`${server.url}/raw/die`)
  assert.equal(await client.closed, 1006)
  await server.printed(/process\.exit\(1\)/)
})

test('upgrades beyond the limit of the pool get 503', async () => {
  const { server } = await start('upgrades = 1\nconcurrency = 1\n')
  await using _ = server
  const first = new Client(`${server.url}/api/echo/a`)
  await first.next()
  assert.equal((await rejection(`${server.url}/api/echo/b`)).status, 503)
  // It takes no place from requests.
  await call(`${server.url}/api/raw`)
  await first.close()
  const second = new Client(`${server.url}/api/echo/b`)
  await second.next()
  await second.close()
})

test('a listener that ends the socket without a response makes it 400', async () => {
  const { server } = await start()
  await using _ = server
  await call(`${server.url}/api/ends`)
  assert.equal((await rejection(`${server.url}/nothing`)).status, 400)
  assert.equal((await rejection(`${server.url}/nothing`)).status, 404)
})
