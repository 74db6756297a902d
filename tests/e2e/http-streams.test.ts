/**
 * Tests bodies in both directions: large ones arrive complete, slow readers cause backpressure,
 * disconnected clients are noticed.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { httpProject } from './http-project.ts'
import { build, RawClient, type Server, startServer } from './support/index.ts'

interface State {
  readonly aborted: Record<string, { finished?: boolean; reason?: string }>
  readonly produced: Record<string, number>
  readonly stalled: Record<string, number>
  readonly taken: Record<string, number>
}

let server: Server

before(async () => {
  const directory = httpProject()
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(async () => void (await server?.stop()))

async function state(query = ''): Promise<State> {
  return (await (await fetch(`${server.url}/api/state${query}`)).json()) as State
}

/**
 * Repeats the request until the handlers' state yields a value; otherwise the test's own time limit
 * ends it.
 */
async function until<T>(check: (seen: State) => T | undefined): Promise<T> {
  for (;;) {
    const found = check(await state())
    if (found !== undefined) return found
  }
}

const megabytes = 20
const large = Buffer.from(
  Uint8Array.from({ length: megabytes << 20 }, (_, i) => (i * 31 + (i >> 12)) & 255),
)
const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('bodies of 20 MB', { timeout: 120_000 }, () => {
  test('reach a pages handler complete and in order', async () => {
    const response = await fetch(`${server.url}/api/hash`, { method: 'POST', body: large })
    assert.deepEqual(await response.json(), { length: large.length, hash: sha(large) })
  })

  test('arrive complete if chunked', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < large.length; at += 99_991)
          controller.enqueue(large.subarray(at, at + 99_991))
        controller.close()
      },
    })
    const response = await fetch(`${server.url}/api/hash`, {
      method: 'POST',
      body,
      duplex: 'half',
    } as RequestInit)
    assert.deepEqual(await response.json(), { length: large.length, hash: sha(large) })
  })

  test('reach a route handler complete and return complete', async () => {
    const response = await fetch(`${server.url}/api/upload`, { method: 'POST', body: large })
    assert.equal(response.headers.get('x-hash'), sha(large))
    assert.equal(sha(new Uint8Array(await response.arrayBuffer())), sha(large))
  })

  test('arrive complete, four at once', async () => {
    const responses = await Promise.all(
      Array.from({ length: 4 }, async () =>
        (await fetch(`${server.url}/api/hash`, { method: 'POST', body: large })).json(),
      ),
    )
    for (const response of responses)
      assert.deepEqual(response, { length: large.length, hash: sha(large) })
  })
})

describe('backpressure', { timeout: 120_000 }, () => {
  // Much more than the sockets' buffers and the link's credit can hold together.
  const size = 64
  const bound = 24 << 20

  test('pauses a pages handler while its client does not read', async () => {
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.pause()
    socket.write(
      `GET /api/produce?id=pages&mb=${size} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`,
    )
    const produced = await until((seen) =>
      seen.stalled['pages'] ? seen.produced['pages'] : undefined,
    )
    assert.ok(produced < bound, `${produced} bytes were produced for a client that reads nothing`)
    await staysTrue(() => state().then((seen) => seen.produced['pages']! < bound))
    let received = 0
    socket.on('data', (bytes: Buffer) => (received += bytes.length))
    socket.resume()
    await once(socket, 'close')
    assert.ok(received > size << 20, `${received} bytes came in the end`)
  })

  test('pauses a route handler while its client does not read', async () => {
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.pause()
    socket.write(
      `GET /api/produce-app?id=app&mb=${size} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`,
    )
    await until((seen) => (seen.produced['app']! > 0 ? true : undefined))
    await staysTrue(() => state().then((seen) => seen.produced['app']! < bound))
    let received = 0
    socket.on('data', (bytes: Buffer) => (received += bytes.length))
    socket.resume()
    await once(socket, 'close')
    assert.ok(received > size << 20, `${received} bytes came in the end`)
    assert.equal((await state()).produced['app'], size << 20)
  })

  test('lets a body end that has just used its last credit', async () => {
    for (const length of [245_760, 245_761, 262_143, 262_144, 262_145, 524_288]) {
      const id = `edge-${length}`
      const response = fetch(`${server.url}/api/hold?id=${id}`, {
        method: 'POST',
        body: Buffer.alloc(length, 'e'),
      })
      await until((seen) => (seen.taken[id] === 0 ? true : undefined))
      await staysTrue(async () => true)
      await state(`?release=${id}`)
      assert.deepEqual(await (await response).json(), { taken: length })
    }
  })

  test('pauses a client while the handler does not read', async () => {
    const socket = connect(server.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.setEncoding('latin1')
    let response = ''
    socket.on('data', (text: string) => (response += text))
    const length = size << 20
    socket.write(
      `POST /api/hold?id=hold HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`,
    )
    await until((seen) => (seen.taken['hold'] === 0 ? true : undefined))
    const block = Buffer.alloc(1 << 20, 'h')
    for (let i = 0; i < size; i++) socket.write(block)
    // What is still buffered in this process has not been read by the server.
    await staysTrue(async () => socket.writableLength > length - bound)
    await state('?release=hold')
    await once(socket, 'close')
    assert.match(response, new RegExp(`\\{"taken":${length}\\}$`))
  })
})

/**
 * Asserts that a condition holds over many turns of the server's loop and the worker's; each check
 * sends a request to both.
 */
async function staysTrue(check: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    await state()
    assert.ok(await check(), `no longer after ${i} checks`)
  }
}

describe('a client that disconnects', { timeout: 120_000 }, () => {
  test('while a pages handler streams closes the response unfinished', async () => {
    const client = await RawClient.connect(server.port)
    await client.send('GET /api/hang?id=pages HTTP/1.1\r\nHost: test\r\n\r\n')
    await client.matching(/started/)
    client.destroy()
    assert.deepEqual(await until((seen) => seen.aborted['pages']), { finished: false })
  })

  test('with a reset closes the response too', async () => {
    const client = await RawClient.connect(server.port)
    await client.send('GET /api/hang?id=reset HTTP/1.1\r\nHost: test\r\n\r\n')
    await client.matching(/started/)
    client.destroy(true)
    assert.deepEqual(await until((seen) => seen.aborted['reset']), { finished: false })
  })

  test("while a route handler streams aborts the request's signal", async () => {
    const client = await RawClient.connect(server.port)
    await client.send('GET /api/hang-app?id=app HTTP/1.1\r\nHost: test\r\n\r\n')
    await client.matching(/started/)
    client.destroy()
    assert.ok(await until((seen) => seen.aborted['app']))
  })

  test('in the middle of its body makes reading it fail, and the handler ends', async () => {
    const client = await RawClient.connect(server.port)
    await client.send(
      'POST /api/hold?id=half HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nhalf',
    )
    await until((seen) => (seen.taken['half'] === 0 ? true : undefined))
    client.destroy(true)
    await state('?release=half')
    assert.deepEqual(await until((seen) => seen.aborted['half']), { reason: 'ECONNRESET' })
    assert.equal((await fetch(`${server.url}/api/hello`)).status, 200)
  })
})
