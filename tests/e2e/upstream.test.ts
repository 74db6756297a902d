/**
 * Tests rewrites to other servers: real ones that respond, stream, close connections early or are
 * not reachable.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { TLSSocket } from 'node:tls'
import {
  build,
  project,
  RawClient,
  type Server,
  startServer,
  temporaryDirectory,
} from './support/index.ts'

const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const large = Buffer.from(
  Uint8Array.from({ length: 8 << 20 }, (_, i) => (i * 31 + (i >> 12)) & 255),
)

let server: Server
const abandoned: string[] = []
let abandonedHeard: () => void = () => undefined

const certificates = temporaryDirectory()

/** Creates a key and a self-signed certificate; returns the paths of both. */
function certificate(
  name: string,
  alternative: string,
): { key: Buffer; cert: Buffer; file: string } {
  const [key, file] = [join(certificates, `${name}.key`), join(certificates, `${name}.pem`)]
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...[
        '-subj',
        `/CN=${name}`,
        '-addext',
        `subjectAltName=${alternative}`,
        '-keyout',
        key,
        '-out',
        file,
      ],
    ],
    { stdio: 'pipe' },
  )
  return { key: readFileSync(key), cert: readFileSync(file), file }
}

const trusted = certificate('trusted', 'IP:127.0.0.1,DNS:localhost')
const secure = createTlsServer(trusted, (request, response) => void respond(request, response))
const stranger = createTlsServer(certificate('stranger', 'IP:127.0.0.1'), (_, response) =>
  response.end('not to be seen'),
)

/** Trusted, but issued for another name than the requested one. */
const named = certificate('named', 'DNS:elsewhere.test')
const elsewhere = createTlsServer(named, (_, response) => response.end('not to be seen'))
const trust = join(certificates, 'trust.pem')
writeFileSync(trust, Buffer.concat([trusted.cert, named.cert]))

const origin = createServer((request, response) => void respond(request, response))
/** Sends what an HTTP server must not send. */
const broken = createTcpServer((socket) => {
  socket.on('error', () => undefined)
  socket.once('data', (bytes) => {
    const path = bytes.toString('latin1').split(' ')[1]
    if (path === '/garbage') socket.end('no http at all\r\n\r\n')
    else if (path === '/both')
      socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n')
    else if (path === '/interim')
      socket.end(
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      )
    else if (path === '/until-close') socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end')
    else if (path === '/until-reset')
      socket.write('HTTP/1.1 200 OK\r\n\r\nuntil', () => socket.resetAndDestroy())
    else if (path === '/short') socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort')
    else socket.destroy()
  })
})

/** Closes connections without a TLS closure alert, as a middlebox can. */
const cut = createTcpServer((raw) => {
  const socket = new TLSSocket(raw, { isServer: true, key: trusted.key, cert: trusted.cert })
  for (const one of [raw, socket]) one.on('error', () => undefined)
  socket.once('data', (bytes: Buffer) => {
    const path = bytes.toString('latin1').split(' ')[1]
    const [head, end] =
      path === '/whole'
        ? ['Content-Length: 5\r\n', () => raw.destroy()]
        : path === '/said'
          ? ['', () => socket.end()]
          : ['', () => raw.destroy()]
    socket.write(`HTTP/1.1 200 OK\r\n${head}\r\nhello`, end)
  })
})

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url!, 'http://x')
  if (pathname === '/hash') {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    response.end(
      JSON.stringify({
        length: body.length,
        hash: sha(body),
        coding: request.headers['transfer-encoding'] ?? null,
      }),
    )
  } else if (pathname === '/large') {
    response.setHeader('content-length', large.length)
    response.end(large)
  } else if (pathname === '/events') {
    response.setHeader('content-type', 'text/event-stream')
    response.write('data: one\n\n')
    request.on('close', () => {
      abandoned.push(pathname)
      abandonedHeard()
    })
  } else if (pathname === '/fields') {
    response
      .setHeader('x-up', 'yes')
      .setHeader('connection', 'x-secret, close')
      .setHeader('x-secret', 'hop')
      .setHeader('keep-alive', 'timeout=9')
    response.end(JSON.stringify({ url: request.url, fields: request.rawHeaders }))
  } else {
    response.statusCode = 204
    response.end()
  }
}

before(async () => {
  for (const one of [origin, broken, secure, stranger, elsewhere, cut]) {
    one.listen(0, '127.0.0.1')
    await once(one, 'listening')
  }
  const port = (one: { address(): unknown }) => (one.address() as AddressInfo).port
  const closed = createTcpServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const closedPort = port(closed)
  closed.close()
  const directory = project({
    files: {
      'pages/api/hello.ts':
        'export default function handler(_: unknown, res: { json(x: unknown): void }) { res.json({ here: true }) }',
      'next.config.mjs': `export default { rewrites: async () => [
      { source: '/up/:path*', destination: 'http://127.0.0.1:${port(origin)}/:path*' },
      { source: '/broken/:path*', destination: 'http://127.0.0.1:${port(broken)}/:path*' },
      { source: '/cut/:path*', destination: 'https://127.0.0.1:${port(cut)}/:path*' },
      { source: '/secure/:path*', destination: 'https://127.0.0.1:${port(secure)}/:path*' },
      { source: '/named/:path*', destination: 'https://localhost:${port(secure)}/:path*' },
      { source: '/stranger', destination: 'https://127.0.0.1:${port(stranger)}/' },
      { source: '/elsewhere', destination: 'https://127.0.0.1:${port(elsewhere)}/' },
      { source: '/no-tls', destination: 'https://127.0.0.1:${port(origin)}/' },
      { source: '/unreachable', destination: 'http://127.0.0.1:${closedPort}/' },
    ] }`,
    },
  })
  await build(directory)
  server = await startServer({
    command: 'start',
    directory,
    args: ['--workers', '1'],
    env: { NODE_EXTRA_CA_CERTS: trust },
  })
})
after(async () => {
  await server?.stop()
  for (const one of [origin, secure, stranger, elsewhere]) {
    one.closeAllConnections()
    one.close()
  }
  broken.close()
  cut.close()
})

describe('rewrites to another server', { timeout: 60_000 }, () => {
  test('a request body is forwarded completely, with a length and chunked', async () => {
    const complete = await fetch(`${server.url}/up/hash`, { method: 'POST', body: large })
    assert.deepEqual(await complete.json(), {
      length: large.length,
      hash: sha(large),
      coding: null,
    })
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < large.length; at += 99_991)
          controller.enqueue(large.subarray(at, at + 99_991))
        controller.close()
      },
    })
    const chunked = await fetch(`${server.url}/up/hash`, {
      method: 'PUT',
      body,
      duplex: 'half',
    } as RequestInit)
    assert.deepEqual(await chunked.json(), {
      length: large.length,
      hash: sha(large),
      coding: 'chunked',
    })
  })

  test('a response body arrives completely, also at a client that reads late', async () => {
    const client = connect(server.port, '127.0.0.1')
    client.write('GET /up/large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
    client.pause()
    await once(client, 'readable')
    // Other requests are served meanwhile.
    assert.equal((await fetch(`${server.url}/api/hello`)).status, 200)
    const chunks: Buffer[] = []
    client.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(client, 'end')
    const bytes = Buffer.concat(chunks)
    const body = bytes.subarray(bytes.indexOf('\r\n\r\n') + 4)
    assert.equal(body.length, large.length)
    assert.equal(sha(body), sha(large))
  })

  test('a stream arrives piece by piece, and the upstream server sees that the client has disconnected', async () => {
    const heard = new Promise<void>((resolve) => (abandonedHeard = resolve))
    const controller = new AbortController()
    const response = await fetch(`${server.url}/up/events`, { signal: controller.signal })
    const reader = response.body!.getReader()
    assert.equal(new TextDecoder().decode((await reader.read()).value), 'data: one\n\n')
    controller.abort()
    await heard
    assert.deepEqual(abandoned, ['/events'])
  })

  test("hop-by-hop fields are not forwarded, and the client's address is added", async () => {
    const response = await fetch(`${server.url}/up/fields?a=b%20c`, {
      headers: { 'x-mine': '1', te: 'trailers', 'x-forwarded-host': 'made.up' },
    })
    assert.equal(response.headers.get('x-up'), 'yes')
    assert.equal(response.headers.get('x-secret'), null)
    const { url, fields } = (await response.json()) as { url: string; fields: string[] }
    assert.match(url, /^\/fields\?a=b(%20|\+)c&?/)
    const names = fields.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())
    assert.ok(
      names.includes('x-mine') &&
        names.includes('x-forwarded-for') &&
        names.includes('x-forwarded-host'),
    )
    assert.ok(!names.includes('te'))
    const value = (field: string) => fields[names.indexOf(field) * 2 + 1]
    assert.equal(value('host'), `127.0.0.1:${(origin.address() as AddressInfo).port}`)
    // As in Next.js, independent of what the client sends.
    assert.equal(value('x-forwarded-host'), new URL(server.url).host)
  })

  test("x-forwarded-port is the server's own, whatever Host contains", async () => {
    using client = await RawClient.connect(server.port)
    await client.send('GET /up/fields HTTP/1.1\r\nHost: example.com:99\r\n\r\n')
    const { fields } = JSON.parse((await client.response()).body) as { fields: string[] }
    const at = fields.findIndex((name) => name.toLowerCase() === 'x-forwarded-port')
    assert.equal(fields[at + 1], String(server.port))
  })

  test('responses without a body are forwarded, and the connection stays usable', async () => {
    using client = await RawClient.connect(server.port)
    await client.send('GET /up/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert.equal((await client.response()).status, 204)
    await client.send('HEAD /up/large HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert.equal((await client.response({ head: true })).status, 200)
    await client.send('GET /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert.match(String((await client.response()).body), /"here":true/)
  })
})

describe('rewrites over TLS', { timeout: 60_000 }, () => {
  for (const path of ['/secure', '/named']) {
    test(`bodies are forwarded completely in both directions: ${path}`, async () => {
      const hashed = await fetch(`${server.url}${path}/hash`, { method: 'POST', body: large })
      assert.deepEqual(await hashed.json(), {
        length: large.length,
        hash: sha(large),
        coding: null,
      })
      const bytes = Buffer.from(await (await fetch(`${server.url}${path}/large`)).arrayBuffer())
      assert.equal(sha(bytes), sha(large))
    })
  }

  for (const [path, why] of [
    ['/stranger', /its certificate is not accepted: self-signed certificate/],
    ['/elsewhere', /its certificate is not accepted: IP address mismatch/],
    ['/no-tls', /TLS: /],
  ] as const) {
    test(`${path} causes a 500, and the log says why`, async () => {
      const response = await fetch(`${server.url}${path}`)
      assert.equal(response.status, 500)
      assert.equal(await response.text(), 'Internal Server Error')
      await server.printed(why, 0)
    })
  }
})

describe('upstream servers that violate the protocol', { timeout: 60_000 }, () => {
  for (const path of ['/unreachable', '/broken/garbage', '/broken/both', '/broken/reset']) {
    test(`${path} causes a 500`, async () => {
      const response = await fetch(`${server.url}${path}`)
      assert.equal(response.status, 500)
      assert.equal(await response.text(), 'Internal Server Error')
    })
  }

  test('an interim response is skipped, and a body can end with the connection', async () => {
    assert.equal(await (await fetch(`${server.url}/broken/interim`)).text(), 'ok')
    assert.equal(await (await fetch(`${server.url}/broken/until-close`)).text(), 'until the end')
  })

  test('a truncated body is truncated for the client too', async () => {
    await assert.rejects(async () => (await fetch(`${server.url}/broken/short`)).text())
  })

  test('a body that ends with the connection is complete only if the connection was closed properly', async () => {
    const text = async (path: string) => (await fetch(server.url + path)).text()
    assert.equal(await text('/cut/whole'), 'hello')
    assert.equal(await text('/cut/said'), 'hello')
    await assert.rejects(text('/cut/cut'))
    // The reset may be noticed before the head.
    assert.notEqual(await text('/broken/until-reset').catch(() => 'broken off'), 'until')
  })

  test('the log names the upstream server and the reason', async () => {
    await server.printed(
      /cannot forward a request to http:\/\/127\.0\.0\.1:\d+\/: cannot connect to/,
      0,
    )
  })

  test('an upload waits for the TLS handshake and is not buffered', async () => {
    const silent = createTcpServer(
      (socket) => void socket.on('error', () => undefined).pause(),
    ).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const directory = project({
      files: {
        'pages/api/hello.js': 'export default (_, res) => res.end()',
        'next.config.mjs': `export default {
        experimental: { proxyTimeout: 1000 },
        rewrites: async () => [{ source: '/silent', destination: 'https://127.0.0.1:${(silent.address() as AddressInfo).port}/' }],
      }`,
      },
    })
    await build(directory)
    await using own = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
    const most = () =>
      Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${own.pid}/status`, 'latin1'))![1])
    const before = most()
    const client = await RawClient.connect(own.port)
    const megabytes = 64
    await client.send(
      `POST /silent HTTP/1.1\r\nHost: a\r\nContent-Length: ${megabytes << 20}\r\n\r\n`,
    )
    // More than the kernel buffers: it resolves when the server has read it, or never.
    void client.send(Buffer.alloc(megabytes << 20)).catch(() => undefined)
    assert.equal((await client.response()).status, 500)
    assert.ok(
      most() - before < (megabytes << 10) / 2,
      `${(most() - before) >> 10} MB were kept of ${megabytes}`,
    )
    client.destroy()
    silent.close()
  })
})
