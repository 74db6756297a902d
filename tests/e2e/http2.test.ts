/** Tests what clients see over HTTP/2: responses, bodies, backpressure, aborts, limits, drain. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { before, describe, test } from 'node:test'
import { connect as tlsConnect } from 'node:tls'
import { httpProject } from './http-project.ts'
import {
  build,
  makeCertificate,
  type Server,
  type ServerOptions,
  startServer,
  write,
} from './support/index.ts'

let directory: string
before(async () => {
  directory = httpProject()
  write(directory, 'public/large.bin', Buffer.alloc(3_000_000, 'l'))
  await build(directory)
})

function serve(toml = '', options: Partial<ServerOptions> = {}): Promise<Server> {
  write(directory, 'millrace.toml', toml)
  return startServer({ command: 'start', directory, args: ['--workers', '1'], ...options })
}

/** A session that is destroyed at the end of a test. */
async function open(server: Server): Promise<ClientHttp2Session & Disposable> {
  const session = connect(server.url)
  session.on('error', () => {})
  await once(session, 'remoteSettings')
  return Object.assign(session, { [Symbol.dispose]: () => session.destroy() })
}

interface Response {
  readonly headers: Record<string, unknown>
  readonly body: string
}

async function receive(stream: ClientHttp2Stream): Promise<Response> {
  const headers = new Promise<Record<string, unknown>>((resolve) => {
    stream.on('response', (fields) => resolve({ ...fields }))
  })
  let body = ''
  stream.setEncoding('latin1')
  stream.on('data', (text: string) => {
    body += text
  })
  await once(stream, 'end')
  return { headers: await headers, body }
}

const get = (session: ClientHttp2Session, path: string, more = {}): Promise<Response> =>
  receive(session.request({ ':path': path, ...more }))

function post(
  session: ClientHttp2Session,
  path: string,
  body: Buffer,
  more = {},
): Promise<Response> {
  const stream = session.request({ ':method': 'POST', ':path': path, ...more })
  stream.end(body)
  return receive(stream)
}

/** Repeats a request until there is something; the test's own time limit ends it. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
  }
}

describe('HTTP/2 by prior knowledge', { timeout: 240_000 }, () => {
  test('serves handlers and files, many at a time', async () => {
    await using server = await serve()
    using session = await open(server)
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, n) => get(session, `/api/hello?n=${n}`)),
    )
    all.forEach(({ headers, body }, n) => {
      assert.equal(headers[':status'], 200)
      assert.equal(headers.connection, undefined)
      assert.equal(headers['content-length'], String(body.length))
      assert.deepEqual(JSON.parse(body), { hello: String(n) })
    })
    const file = await get(session, '/large.bin')
    assert.equal(file.body.length, 3_000_000)
    assert.equal(file.headers['content-length'], '3000000')
    const head = await get(session, '/large.bin', { ':method': 'HEAD' })
    assert.equal(head.headers['content-length'], '3000000')
    assert.equal(head.body, '')
  })

  test('passes the request on as a handler of HTTP/1.1 expects it', async () => {
    await using server = await serve()
    using session = await open(server)
    const { body } = await get(session, '/api/headers', {
      ':authority': 'example.test',
      cookie: ['a=1', 'b=2'],
      'x-a': 'b',
      'x-millrace-status': '500',
    })
    const { headers } = JSON.parse(body) as { headers: Record<string, string> }
    assert.equal(headers.host, 'example.test')
    assert.equal(headers.cookie, 'a=1; b=2')
    assert.equal(headers['x-a'], 'b')
    assert.equal(headers['transfer-encoding'], undefined)
    assert.equal(headers['x-millrace-status'], undefined)
    assert.deepEqual(
      Object.keys(headers).filter((name) => name.startsWith(':')),
      [],
    )
  })

  test('passes bodies on, in both directions at once', async () => {
    await using server = await serve()
    using session = await open(server)
    const body = Buffer.alloc(2_000_000, 'b')
    const [echo, hash] = await Promise.all([
      post(session, '/api/echo', Buffer.from('some text')),
      post(session, '/api/hash', body, { 'content-length': body.length }),
    ])
    assert.equal(echo.body, 'some text')
    assert.equal((JSON.parse(hash.body) as { length: number }).length, body.length)
    // A response that ends before the request does.
    const early = session.request({ ':method': 'POST', ':path': '/api/early' })
    early.write('begun')
    const { headers, body: text } = await receive(early)
    assert.equal(headers[':status'], 403)
    assert.equal(text, 'not now')
    assert.equal((await get(session, '/api/hello')).headers[':status'], 200)
  })

  test('sends 100 Continue once the handler reads', async () => {
    await using server = await serve()
    using session = await open(server)
    const stream = session.request({
      ':method': 'POST',
      ':path': '/api/echo',
      expect: '100-continue',
    })
    await once(stream, 'continue')
    stream.end('after it')
    assert.equal((await receive(stream)).body, 'after it')
  })

  test('aborts the handler of a stream that the client resets, and no other', async () => {
    await using server = await serve()
    using session = await open(server)
    const stays = session.request({ ':path': '/api/hang?id=stays' })
    const goes = session.request({ ':path': '/api/hang?id=goes' })
    await Promise.all([once(stays, 'data'), once(goes, 'data')])
    goes.close(constants.NGHTTP2_CANCEL)
    const aborted = await until(async () => {
      const state = JSON.parse((await get(session, '/api/state')).body) as {
        aborted: Record<string, unknown>
      }
      return state.aborted.goes === undefined ? undefined : state.aborted
    })
    assert.deepEqual(Object.keys(aborted), ['goes'])
    stays.on('error', () => {})
    stays.close(constants.NGHTTP2_CANCEL)
  })

  test('stops a handler whose client does not read its stream, and serves others', async () => {
    await using server = await serve()
    using session = await open(server)
    const slow = session.request({ ':path': '/api/produce?id=slow&mb=20' })
    slow.pause()
    await once(slow, 'response')
    const produced = async (): Promise<{ produced: number; stalled: number }> => {
      const state = JSON.parse((await get(session, '/api/state')).body) as {
        produced: Record<string, number>
        stalled: Record<string, number>
      }
      return { produced: state.produced.slow ?? 0, stalled: state.stalled.slow ?? 0 }
    }
    const stalled = await until(async () => {
      const state = await produced()
      return state.stalled > 0 ? state : undefined
    })
    assert.ok(stalled.produced < 4 << 20, `${stalled.produced} bytes`)
    slow.resume()
    await once(slow, 'end')
    assert.equal((await produced()).produced, 20 << 20)
  })

  test('refuses a head that is too large, and goes on', async () => {
    await using server = await serve()
    using session = await open(server)
    const refused = await get(session, '/api/hello', { 'x-long': 'a'.repeat(20_000) })
    assert.equal(refused.headers[':status'], 431)
    assert.equal((await get(session, '/api/hello')).headers[':status'], 200)
  })

  test('closes a stream whose window stays shut, and its body counts as cut', async () => {
    await using server = await serve('[limits]\nwrite_timeout = "1s"\n')
    using session = await open(server)
    const stuck = session.request({ ':path': '/large.bin' })
    stuck.on('error', () => {})
    stuck.pause()
    await once(stuck, 'response')
    await new Promise<void>((resolve) => {
      stuck.on('close', () => resolve())
      stuck.on('aborted', () => resolve())
    })
    assert.equal((await get(session, '/api/hello')).headers[':status'], 200)
  })

  test('responds 408 to a body that does not come', async () => {
    await using server = await serve('[limits]\nbody_timeout = "1s"\n')
    using session = await open(server)
    const stream = session.request({ ':method': 'POST', ':path': '/api/echo' })
    stream.write('begun')
    assert.equal((await receive(stream)).headers[':status'], 408)
    assert.equal((await get(session, '/api/hello')).headers[':status'], 200)
  })

  test('closes a connection that has been idle', async () => {
    await using server = await serve('[limits]\nkeep_alive = "1s"\n')
    using session = await open(server)
    await get(session, '/api/hello')
    const [code] = (await once(session, 'goaway')) as [number]
    assert.equal(code, constants.NGHTTP2_NO_ERROR)
  })

  test('lets requests end when it shuts down, and accepts none after its GOAWAY', async () => {
    await using server = await serve('[limits]\nlinger = 0\n')
    using session = await open(server)
    const stream = session.request({ ':method': 'POST', ':path': '/api/turns' })
    stream.write('a')
    const response = receive(stream)
    await once(stream, 'data')
    const stopped = server.stop()
    await once(session, 'goaway')
    stream.end('b')
    assert.ok((await response).body.endsWith('end'))
    await stopped
  })

  test('is off where http2_streams is 0', async () => {
    await using server = await serve('[limits]\nhttp2_streams = 0\n')
    const session = connect(server.url)
    await once(session, 'error')
    session.destroy()
  })

  test('names the version in the access log', async () => {
    await using server = await serve('[log]\naccess = "common"\n')
    using session = await open(server)
    await get(session, '/api/hello?n=7')
    await server.printed(/GET \/api\/hello\?n=7 HTTP\/2\.0" 200/)
  })
})

describe('HTTP/2 over TLS', { timeout: 240_000 }, () => {
  const tls = '[tls]\ncertificate = "site.pem"\nkey = "site.key"\nhsts = "max-age=60"\n'
  const serveTls = (more = ''): Promise<Server> => {
    makeCertificate(directory, 'site', 'localhost')
    return serve(tls + more, { origin: /https:\/\/[^:]+:(\d+)/ })
  }
  const secured = (server: Server): ClientHttp2Session =>
    connect(`https://127.0.0.1:${server.port}`, {
      rejectUnauthorized: false,
    })

  test('is agreed on by ALPN', async () => {
    await using server = await serveTls()
    const session = secured(server)
    await once(session, 'remoteSettings')
    assert.equal(session.alpnProtocol, 'h2')
    const { headers, body } = await get(session, '/api/hello?n=tls')
    assert.deepEqual(JSON.parse(body), { hello: 'tls' })
    assert.equal(headers['strict-transport-security'], 'max-age=60')
    const large = await get(session, '/large.bin')
    assert.equal(large.body.length, 3_000_000)
    session.destroy()
  })

  test('is not spoken to a client that has agreed on HTTP/1.1', async () => {
    await using server = await serveTls()
    const socket = tlsConnect({
      host: '127.0.0.1',
      port: server.port,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    })
    await once(socket, 'secureConnect')
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    assert.match(bytes.toString('latin1'), /^HTTP\/1\.1 (400|505) /)
    socket.destroy()
  })

  test('is not offered where http2_streams is 0', async () => {
    await using server = await serveTls('[limits]\nhttp2_streams = 0\n')
    const socket = tlsConnect({
      host: '127.0.0.1',
      port: server.port,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2', 'http/1.1'],
    })
    await once(socket, 'secureConnect')
    assert.equal(socket.alpnProtocol, 'http/1.1')
    socket.destroy()
  })
})
