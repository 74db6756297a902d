/**
 * Tests TLS on the server's own port: what routes see of it, certificates by name that are read
 * again when they change, tickets across a takeover, the redirect of HTTP, ACME challenges, and
 * clients that do not complete their handshake.
 */
import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { type IncomingHttpHeaders, get as httpGet } from 'node:http'
import { Agent, request } from 'node:https'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ConnectionOptions, connect as tlsConnect, type TLSSocket } from 'node:tls'
import {
  build,
  freePort,
  makeCertificate,
  project,
  run,
  type Server,
  startServer,
  temporaryDirectory,
  write,
} from './support/index.ts'

interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const files = {
  'pages/api/facts.js': `export default (request, response) => {
    response.setHeader('set-cookie', 'a=1; Secure')
    response.json({ encrypted: request.socket.encrypted, proto: request.headers['x-forwarded-proto'], port: request.headers['x-forwarded-port'], certificate: request.headers['client-cert'] })
  }`,
  'app/facts/route.js': `
    import { cookies } from 'next/headers'
    export const GET = async (request) => {
      const secure = request.nextUrl.protocol === 'https:'
      ;(await cookies()).set('session', 'x', { secure })
      return Response.json({ url: request.url, origin: request.nextUrl.origin })
    }`,
  'app/strict/route.js': `export const GET = () =>
    new Response('own', { headers: { 'strict-transport-security': 'max-age=1' } })`,
  'app/echo/route.js': 'export const POST = (request) => new Response(request.body)',
  'proxy.js': `
    import { NextResponse } from 'next/server'
    export const proxy = (request) => request.nextUrl.pathname === '/away'
      ? NextResponse.redirect(new URL('/facts', request.url))
      : NextResponse.next({ headers: { 'x-seen': request.nextUrl.protocol } })`,
}

const settings = (plain: number, more = '') => `
[tls]
certificate = "first.pem"
key = "first.key"
redirect_from = ${plain}
challenges = "acme"
hsts = "max-age=31536000"
${more}
[[tls.certificates]]
certificate = "second.pem"
key = "second.key"

[limits]
handshake_timeout = "1s"
`

const directory = project({ files })
let server: Server
let plainPort: number
const agent = new Agent({ maxCachedSessions: 0 })

before(async () => {
  makeCertificate(directory, 'first', 'first.example')
  makeCertificate(directory, 'second', 'second.example')
  plainPort = await freePort()
  write(directory, 'millrace.toml', settings(plainPort))
  await build(directory)
  server = await startServer({
    command: 'start',
    directory,
    args: ['--workers', '1', '-H', '127.0.0.1'],
    origin: /https:\/\/localhost:(\d+)/,
  })
})
after(async () => {
  agent.destroy()
  await server?.stop()
})

function get(path: string, host = 'first.example', body?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: server.port,
        path,
        servername: host,
        headers: { host: `${host}:${server.port}` },
        method: body === undefined ? 'GET' : 'POST',
        rejectUnauthorized: false,
        agent,
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: text }),
        )
      },
    )
    sent.once('error', reject)
    sent.end(body)
  })
}

function getPlain(path: string, port: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    httpGet(
      { host: '127.0.0.1', port, path, headers: { host: 'first.example:80' }, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, body: text }),
        )
      },
    ).once('error', reject)
  })
}

/** Connects and resolves after the handshake. */
function handshake(options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({
      host: '127.0.0.1',
      port: server.port,
      servername: 'first.example',
      rejectUnauthorized: false,
      ...options,
    })
    socket.once('secureConnect', () => resolve(socket))
    socket.once('error', reject)
  })
}

const closed = (socket: Socket) =>
  new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
    socket.on('error', () => {})
    socket.resume()
  })

describe('routes', () => {
  test('see a secured connection in every form', async () => {
    const api = await get('/api/facts')
    assert.deepEqual(JSON.parse(api.body), {
      encrypted: true,
      proto: 'https',
      port: `${server.port}`,
    })
    const app = await get('/facts')
    const origin = `https://first.example:${server.port}`
    assert.deepEqual(JSON.parse(app.body), { url: `${origin}/facts`, origin })
    assert.match(String(app.headers['set-cookie']), /session=x; Path=\/; Secure/)
    assert.equal(app.headers['x-seen'], 'https:')
  })

  test('a redirect of the middleware stays with HTTPS', async () => {
    const { status, headers } = await get('/away')
    assert.equal(status, 307)
    assert.equal(
      new URL(headers.location!, `https://first.example:${server.port}`).protocol,
      'https:',
    )
  })

  test('large bodies go both ways', async () => {
    const body = 'a line of a large body\n'.repeat(100_000)
    assert.equal((await get('/echo', 'first.example', body)).body, body)
  })

  test('a target in absolute form may be https', async () => {
    const socket = await handshake()
    socket.end(
      `GET https://first.example/facts HTTP/1.1\r\nHost: first.example\r\nConnection: close\r\n\r\n`,
    )
    let text = ''
    for await (const piece of socket.setEncoding('utf8')) text += piece
    assert.match(text, /^HTTP\/1.1 200 /)
  })

  test('have Strict-Transport-Security unless they set their own', async () => {
    assert.equal((await get('/facts')).headers['strict-transport-security'], 'max-age=31536000')
    assert.equal((await get('/strict')).headers['strict-transport-security'], 'max-age=1')
  })
})

describe('the port without TLS', () => {
  test('redirects to HTTPS with the same target', async () => {
    const { status, headers } = await getPlain('/a/b?c=d', plainPort)
    assert.equal(status, 308)
    assert.equal(headers.location, `https://first.example:${server.port}/a/b?c=d`)
    assert.equal(headers['strict-transport-security'], undefined)
  })

  test('serves the challenges of ACME, and no other file', async () => {
    const token = 'LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0'
    write(directory, `acme/.well-known/acme-challenge/${token}`, `${token}.thumbprint`)
    write(directory, 'acme/.well-known/secret', 'secret')
    const found = await getPlain(`/.well-known/acme-challenge/${token}`, plainPort)
    assert.deepEqual([found.status, found.body], [200, `${token}.thumbprint`])
    for (const name of ['absent', '..%2fsecret', '%2e%2e/secret', '.', ''])
      assert.equal(
        (await getPlain(`/.well-known/acme-challenge/${name}`, plainPort)).status,
        404,
        name,
      )
  })
})

test('a certificate is chosen by the name', async () => {
  for (const name of ['first.example', 'second.example', 'other.example']) {
    const socket = await handshake({ servername: name })
    const expected = name === 'other.example' ? 'first.example' : name
    assert.equal(socket.getPeerCertificate().subject.CN, expected)
    assert.match(socket.getProtocol()!, /^TLSv1\.3$/)
    socket.destroy()
  }
})

test('HTTP without TLS gets an explanation', async () => {
  const { status, body } = await getPlain('/facts', server.port)
  assert.equal(status, 400)
  assert.match(body, /this port speaks HTTPS/)
})

test('a client that does not complete its handshake is disconnected', async () => {
  const silent = connect(server.port, '127.0.0.1')
  const slow = connect(server.port, '127.0.0.1')
  slow.write(Buffer.from([0x16, 0x03, 0x01, 0x02]))
  await Promise.all([closed(silent), closed(slow)])
  assert.equal((await get('/facts')).status, 200)
})

test('a certificate that has changed is served without a dropped connection', async () => {
  const kept = await handshake()
  const fingerprint = kept.getPeerCertificate().fingerprint256
  const next = temporaryDirectory()
  makeCertificate(next, 'first', 'first.example')
  const from = server.output().length
  // As certbot does: one file after the other.
  renameSync(join(next, 'first.key'), join(directory, 'first.key'))
  renameSync(join(next, 'first.pem'), join(directory, 'first.pem'))
  await server.printed(/the certificates have changed and are in service/, from)
  const fresh = await handshake()
  assert.notEqual(fresh.getPeerCertificate().fingerprint256, fingerprint)
  fresh.destroy()
  kept.end('GET /facts HTTP/1.1\r\nHost: first.example\r\nConnection: close\r\n\r\n')
  let text = ''
  for await (const piece of kept.setEncoding('utf8')) text += piece
  assert.match(text, /^HTTP\/1.1 200 /)
})

test('a certificate that is not valid does not replace the one in service', async () => {
  const from = server.output().length
  write(directory, 'second.pem', 'not a certificate')
  await server.printed(/second\.pem: expected a readable certificate/, from)
  const socket = await handshake({ servername: 'second.example' })
  assert.equal(socket.getPeerCertificate().subject.CN, 'second.example')
  socket.destroy()
  makeCertificate(directory, 'second', 'second.example')
  await server.printed(/the certificates have changed/, from)
})

test('sessions outlive a takeover', async () => {
  const first = await handshake()
  const session = await new Promise<Buffer>((resolve) => {
    first.once('session', resolve)
    first.write('GET /facts HTTP/1.1\r\nHost: first.example\r\n\r\n')
    first.resume()
  })
  const predecessor = server
  server = await startServer({
    command: 'start',
    directory,
    args: ['--takeover'],
    origin: /https:\/\/localhost:(\d+)/,
  })
  first.destroy()
  await predecessor.exited
  const second = await handshake({ session })
  assert.ok(second.isSessionReused())
  second.destroy()
  assert.equal((await getPlain('/a', plainPort)).status, 308)
})

test('mistakes in [tls] are errors with their place', async () => {
  for (const [text, expected] of [
    ['[tls]\ncertificate = "a.pem"\n', /\[tls\]: expected both certificate and key/],
    ['[tls]\nhsts = "max-age=1"\n', /certificate: expected the file of a certificate/],
    ['[tls]\ncertificate = "none.pem"\nkey = "none.key"\n', /none\.pem: expected a readable/],
    ['[tls]\ncertificate = "first.pem"\nkey = "first.key"\nhsts = "1y"\n', /hsts: expected/],
    [
      '[tls]\ncertificate = "first.pem"\nkey = "first.key"\nclient_certificates = "required"\n',
      /client_authorities: expected together/,
    ],
  ] as const) {
    const folder = directory
    write(folder, 'millrace.toml', text)
    const { code, stderr, stdout } = await run(['start', folder, '-p', '0'])
    assert.equal(code, 1)
    assert.match(stderr + stdout, expected)
  }
})
