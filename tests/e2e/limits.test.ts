/**
 * Tests the limits on what one client, or all together, can use: memory, rates, connections and
 * descriptors.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import {
  binary,
  build,
  project,
  RawClient,
  type Server,
  type ServerOptions,
  startServer,
  temporaryDirectory,
  write,
} from './support/index.ts'

const large = 500_000
const medium = 200_000
const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`
const get = (path: string) => lines(`GET ${path} HTTP/1.1`, 'Host: a')

let directory: string
before(async () => {
  directory = project({
    files: {
      'package.json': '{ "name": "limits", "private": true }',
      'public/large.bin': Buffer.alloc(large, 'l'),
      'public/small.txt': 'small',
      'app/api/kept/route.js': `export const dynamic = 'force-static'\nexport const GET = () => new Response('k'.repeat(${large}))`,
      'pages/api/hello.js': `export default (req, res) => res.json({ pid: process.pid })`,
      'pages/api/medium.js': `export default (req, res) => res.send('m'.repeat(${medium}))`,
      'pages/api/length.js': `
        export const config = { api: { bodyParser: false } }
        export default async (req, res) => {
          let length = 0
          for await (const chunk of req) length += chunk.length
          res.json({ length })
        }`,
      // Responds when it is told to, and reports which requests wait.
      'pages/api/wait.js': `const waiting = (globalThis.waiting ??= {})
        const aborted = (globalThis.aborted ??= {})
        export default async (req, res) => {
          const { id, release } = req.query
          if (release) waiting[release]?.()
          if (!id) return res.json({ waiting: Object.keys(waiting), aborted: Object.keys(aborted) })
          res.on('close', () => { if (!res.writableFinished) aborted[id] = true })
          await new Promise((resolve) => { waiting[id] = resolve })
          delete waiting[id]
          res.json({ id })
        }`,
    },
  })
  await build(directory)
})

/** Starts a server of the project with these limits. */
function serve(
  limits: Readonly<Record<string, unknown>> = {},
  options: Partial<ServerOptions> = {},
): Promise<Server> {
  const toml = Object.entries({ linger: 0, ...limits }).map(
    ([key, value]) => `${key} = ${JSON.stringify(value)}\n`,
  )
  write(directory, 'millrace.toml', `[limits]\n${toml.join('')}`)
  return startServer({ command: 'start', directory, args: ['--workers', '1'], ...options })
}

/** Resident memory of the server's own process in bytes. */
function resident(server: Server): number {
  return (
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, 'latin1'))![1]) *
    1024
  )
}

/** Repeats the request until there is a response; otherwise the test's own time limit ends it. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
  }
}

/** Lets socket events be processed before the next check. */
const turn = (): Promise<undefined> =>
  new Promise((resolve) => setTimeout(() => resolve(undefined), 20))

interface Waiting {
  readonly waiting: readonly string[]
  readonly aborted: readonly string[]
}
const state = async (client: RawClient, query = ''): Promise<Waiting> => {
  await client.send(get(`/api/wait${query}`))
  return JSON.parse((await client.response()).body) as Waiting
}

describe('a client that does not read', { timeout: 300_000 }, () => {
  for (const [what, path, size, count] of [
    ['a response of a route', '/api/medium', medium, 600],
    ['a response of the cache', '/api/kept', large, 300],
  ] as const) {
    test(`makes the server buffer no more for many pipelined requests than for a few, and gets all responses when it reads: ${what}`, async () => {
      await using server = await serve()
      await fetch(server.url + path).then((response) => response.arrayBuffer())
      const before = resident(server)
      const socket = connect(server.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.pause()
      socket.write(get(path).repeat(count))
      // Many turns of the server's loop.
      for (let i = 0; i < 100; i++)
        assert.equal((await fetch(`${server.url}/small.txt`)).status, 200)
      const grown = resident(server) - before
      assert.ok(grown < 60 << 20, `grew by ${grown} bytes`)
      let received = 0
      socket.on('data', (bytes: Buffer) => (received += bytes.length))
      socket.resume()
      while (received < size * count) await once(socket, 'data')
      socket.destroy()
    })
  }

  test('is disconnected even if it keeps sending requests', async () => {
    await using server = await serve({ write_timeout: '1s' })
    const socket = connect(server.port, '127.0.0.1').on('error', () => {})
    await once(socket, 'connect')
    socket.pause()
    socket.write(get('/large.bin').repeat(20))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    // It does not read: only a failed write shows that it is disconnected.
    const asking = setInterval(() => socket.write(get('/large.bin')), 100)
    await closed.finally(() => clearInterval(asking))
    assert.equal((await fetch(`${server.url}/small.txt`)).status, 200)
  })

  test('is disconnected when memory runs short, and clients that read are not', async () => {
    await using server = await serve({ memory: '1MB' })
    const deaf = Array.from({ length: 30 }, () =>
      connect(server.port, '127.0.0.1').on('error', () => {}),
    )
    let ended = 0
    for (const socket of deaf) {
      await once(socket, 'connect')
      socket.once('close', () => ended++)
      socket.pause()
      socket.write(get('/large.bin').repeat(20))
    }
    await until(async () => {
      const response = await fetch(`${server.url}/large.bin`)
      assert.equal((await response.arrayBuffer()).byteLength, large)
      // A disconnected client notices it when it writes.
      for (const socket of deaf) if (socket.writable) socket.write('\r\n')
      return ended > 0 ? true : undefined
    })
    await server.printed(/clients that do not read are cut/)
    for (const socket of deaf) socket.destroy()
  })
})

describe('a body that arrives slowly', { timeout: 300_000 }, () => {
  test('gets a 408 response', async () => {
    await using server = await serve({ body_timeout: '1s' })
    using client = await RawClient.connect(server.port)
    await client.send(`${lines('POST /api/length HTTP/1.1', 'Host: a', 'Content-Length: 100000')}x`)
    const trickle = setInterval(() => void client.send('x').catch(() => {}), 100)
    const response = await client.response().finally(() => clearInterval(trickle))
    assert.equal(response.status, 408)
    assert.equal(response.headers['connection'], 'close')
    await client.closed()
  })

  test('is served if the project sets no minimum rate', async () => {
    await using server = await serve({ body_timeout: '1h', body_rate: 0 })
    using client = await RawClient.connect(server.port)
    await client.send(`${lines('POST /api/length HTTP/1.1', 'Host: a', 'Content-Length: 20')}`)
    for (let i = 0; i < 20; i++) {
      await client.send('x')
      await fetch(`${server.url}/small.txt`)
    }
    assert.equal((await client.response()).body, '{"length":20}')
  })
})

test('a head that arrives slowly gets a 408 response', { timeout: 300_000 }, async () => {
  await using server = await serve({ head_timeout: '1s' })
  using client = await RawClient.connect(server.port)
  await client.send('GET /small.txt HTTP/1.1\r\nX-Long: ')
  const trickle = setInterval(() => void client.send('x').catch(() => {}), 100)
  const response = await client.response().finally(() => clearInterval(trickle))
  assert.equal(response.status, 408)
  await client.closed()
})

describe('connections', { timeout: 300_000 }, () => {
  const busy = async (server: Server, id: string): Promise<RawClient> => {
    const client = await RawClient.connect(server.port)
    await client.send(get(`/api/wait?id=${id}`))
    return client
  }

  test('of one client are limited: the longest idle one is closed, and if none is idle the response is 429', async () => {
    await using server = await serve({ connections_per_client: 3, exempt_clients: [] })
    using idle = await RawClient.connect(server.port)
    await idle.send(get('/small.txt'))
    await idle.response()
    using control = await RawClient.connect(server.port)
    using one = await busy(server, 'one')
    await until(async () => ((await state(control)).waiting.includes('one') ? true : undefined))
    using two = await busy(server, 'two')
    await until(async () => ((await state(control)).waiting.includes('two') ? true : undefined))
    assert.equal(await idle.closed(), '')
    // This connection is busy too; otherwise it would be closed next.
    await control.send(get('/api/wait?id=control'))
    using refused = await RawClient.connect(server.port)
    const response = await refused.response()
    assert.deepEqual(
      [response.status, response.headers['retry-after'], response.headers['connection']],
      [429, '1', 'close'],
    )
    await refused.closed()
    await server.printed(/127\.0\.0\.1 has 3 connections.*connections_per_client/)
    one.destroy(true)
    const after = await until(async () => {
      const client = await RawClient.connect(server.port)
      await client.send(get('/small.txt'))
      const response = await client.response()
      client.destroy()
      return response.status === 200 ? response : undefined
    })
    assert.equal(after.body, 'small')
    two.destroy()
  })

  test('of exempt clients are only limited in total, with 503', async () => {
    await using server = await serve({ connections: 2, connections_per_client: 1 })
    using control = await RawClient.connect(server.port)
    using one = await busy(server, 'one')
    await until(async () => ((await state(control)).waiting.includes('one') ? true : undefined))
    await control.send(get('/api/wait?id=control'))
    // The bytes may arrive after the next connection: then the idle connection is closed for it.
    const response = await until(async () => {
      using client = await RawClient.connect(server.port)
      const response = await client.response().catch(() => undefined)
      return response?.status === 503 ? response : undefined
    })
    assert.equal(response.headers['retry-after'], '1')
    one.destroy()
  })
})

describe('at the limit of descriptors', { timeout: 300_000 }, () => {
  /** Returns the server's executable, started with few descriptors. */
  function withDescriptors(count: number): string {
    const path = join(temporaryDirectory(), 'millrace')
    write(join(path, '..'), 'millrace', `#!/bin/sh\nulimit -n ${count}\nexec "${binary()}" "$@"\n`)
    chmodSync(path, 0o755)
    return path
  }

  test('new clients are served, idle ones are closed, a file is 503 and not 404, and a dead worker is replaced', async () => {
    const clients = 60
    const reserve = 50
    await using server = await serve(
      { descriptor_reserve: reserve },
      { binary: withDescriptors(reserve + clients) },
    )
    // More clients than descriptors: all are served in turn.
    const all: RawClient[] = []
    for (let i = 0; i < clients + 10; i++) {
      const client = await RawClient.connect(server.port)
      all.push(client)
      await client.send(get('/small.txt'))
      assert.equal((await client.response()).body, 'small')
    }
    await until(async () => (all.filter(({ ended }) => ended).length >= 10 ? true : await turn()))
    const asking = await RawClient.connect(server.port)
    // A connection in the middle of a head is not idle: the next head begins with the first
    // request.
    await asking.send(`${get('/api/hello')}GET /small.txt HTTP/1.1\r\n`)
    const { pid } = JSON.parse((await asking.response()).body) as { pid: number }
    for (let i = 0; i < clients + 5; i++) {
      const client = await RawClient.connect(server.port)
      all.push(client)
      await client.send(get(`/api/wait?id=${i}`)).catch(() => {})
    }
    await until(async () =>
      all.some((client) => client.received().startsWith('HTTP/1.1 503')) ? true : await turn(),
    )
    await asking.send('Host: a\r\n\r\n')
    const full = await asking.response()
    assert.deepEqual([full.status, full.headers['retry-after']], [503, '1'])
    process.kill(pid, 'SIGKILL')
    const replaced = await until(async () => {
      await asking.send(get('/api/hello'))
      const response = await asking.response()
      return response.status === 200 ? (JSON.parse(response.body) as { pid: number }) : undefined
    })
    assert.notEqual(replaced.pid, pid)
    // The connections whose requests the worker had are idle now and can be closed.
    assert.equal(await send(asking, '/small.txt'), 'small')
    asking.destroy()
    for (const client of all) client.destroy()
  })

  async function send(client: RawClient, path: string): Promise<string> {
    await client.send(get(path))
    return (await client.response()).body
  }
})

describe('a client that closes its sending side', { timeout: 300_000 }, () => {
  test('gets the response of a slow route, and of its pipelined requests', async () => {
    await using server = await serve({ half_closed_timeout: '1h' })
    using control = await RawClient.connect(server.port)
    using client = await RawClient.connect(server.port)
    await client.send(get('/api/wait?id=slow') + get('/small.txt') + get('/api/hello'))
    client.end()
    await until(async () => ((await state(control)).waiting.includes('slow') ? true : undefined))
    await state(control, '?release=slow')
    assert.equal((await client.response()).body, '{"id":"slow"}')
    assert.equal((await client.response()).body, 'small')
    assert.equal((await client.response()).status, 200)
    assert.equal(await client.closed(), '')
  })

  test('gets a large file completely', async () => {
    await using server = await serve()
    using client = await RawClient.connect(server.port)
    await client.send(get('/large.bin').repeat(10))
    client.end()
    for (let i = 0; i < 10; i++) assert.equal((await client.response()).body.length, large)
    assert.equal(await client.closed(), '')
  })

  test('counts as disconnected if no response begins, and the handler is aborted', async () => {
    await using server = await serve({ half_closed_timeout: '1s' })
    using control = await RawClient.connect(server.port)
    using client = await RawClient.connect(server.port)
    await client.send(get('/api/wait?id=gone'))
    client.end()
    await until(async () => ((await state(control)).aborted.includes('gone') ? true : undefined))
    assert.equal(await client.closed(), '')
  })

  test('in the middle of a body or a head gets no response', async () => {
    await using server = await serve()
    for (const part of [
      `${lines('POST /api/length HTTP/1.1', 'Host: a', 'Content-Length: 10')}half`,
      'GET /small.txt HTTP/1.1\r\nHost',
    ]) {
      using client = await RawClient.connect(server.port)
      await client.send(part)
      client.end()
      assert.equal(await client.closed(), '')
    }
  })
})

describe('uploads that middleware reads', { timeout: 300_000 }, () => {
  let uploads: string
  before(async () => {
    uploads = project({
      files: {
        'package.json': '{ "name": "uploads", "private": true }',
        // The rest of a refused body is discarded: a close before that may reset the connection,
        // and the reset removes the response that the client has not read.
        'millrace.toml': '[limits]\nmemory = "16MB"\ndiscard = "8MB"\n',
        'proxy.js': `import { NextResponse } from 'next/server'
          export async function proxy(request) { await request.arrayBuffer(); return NextResponse.next() }`,
        'pages/api/length.js': `
          export const config = { api: { bodyParser: false } }
          export default async (req, res) => {
            let length = 0
            for await (const chunk of req) length += chunk.length
            res.json({ length })
          }`,
      },
    })
    await build(uploads)
  })

  test('are buffered within a total limit: 503 beyond it, and the memory is released', async () => {
    await using server = await startServer({
      command: 'start',
      directory: uploads,
      args: ['--workers', '1'],
    })
    const size = 5_000_000
    const body = 'u'.repeat(size)
    const upload = async (): Promise<string> =>
      (await fetch(`${server.url}/api/length`, { method: 'POST', body })).text()
    assert.equal(await upload(), `{"length":${size}}`)
    const before = resident(server)
    const clients = await Promise.all(
      Array.from({ length: 12 }, () => RawClient.connect(server.port)),
    )
    const head = lines('POST /api/length HTTP/1.1', 'Host: a', `Content-Length: ${size}`)
    // The last byte is not sent. At most three fit.
    await Promise.all(clients.map((client) => client.send(head + body.slice(1)).catch(() => {})))
    const refused = await until(async () => {
      await fetch(`${server.url}/nothing`)
      const rejected = clients.filter((client) => client.received().startsWith('HTTP/1.1 503'))
      // On a slow machine a client whose body makes no progress is disconnected instead.
      const cut = clients.filter((client) => client.ended && client.received() === '')
      return rejected.length + cut.length >= 9 ? rejected : undefined
    })
    assert.ok(refused.length > 0, 'every client was disconnected')
    for (const client of refused)
      assert.equal((await client.response()).headers['retry-after'], '1')
    const grown = resident(server) - before
    assert.ok(grown < 40 << 20, `grew by ${grown} bytes`)
    for (const client of clients) client.destroy(true)
    await until(async () => ((await upload()) === `{"length":${size}}` ? true : undefined))
  })
})
