/**
 * Tests what routes, logs and redirects know of a client that comes through reverse proxies, and
 * which hosts the server serves.
 */
import assert from 'node:assert/strict'
import { connect } from 'node:http2'
import { after, before, describe, test } from 'node:test'
import { build, project, rawRequest, type Server, startServer, write } from './support/index.ts'

let directory: string
before(async () => {
  directory = project({
    files: {
      'package.json': '{ "name": "proxied", "private": true }',
      'app/api/who/route.js': `
        export const dynamic = 'force-dynamic'
        export function GET(request) {
          return Response.json({
            url: request.url,
            origin: request.nextUrl.origin,
            host: request.headers.get('host'),
            forwarded: Object.fromEntries([...request.headers].filter(([name]) => /forwarded|real-ip/.test(name))),
          })
        }`,
      'pages/api/peer.js': `
        export default (req, res) => res.json({ address: req.socket.remoteAddress, encrypted: req.socket.encrypted ?? false })`,
      'middleware.js': `
        import { NextResponse } from 'next/server'
        export const config = { matcher: '/api/moved' }
        export default (request) => NextResponse.redirect(new URL('/api/who', request.url))`,
    },
  })
  await build(directory)
})

function serve(toml: string): Promise<Server> {
  write(directory, 'millrace.toml', toml)
  return startServer({ command: 'start', directory, args: ['--workers', '1'] })
}

async function ask(server: Server, path: string, fields: string): Promise<Record<string, unknown>> {
  const text = `GET ${path} HTTP/1.1\r\nConnection: close\r\n${fields}\r\n`
  const { status, body } = await rawRequest(server.port, text)
  assert.equal(status, 200, body)
  return JSON.parse(body)
}

const told =
  'X-Forwarded-For: 6.6.6.6, 192.0.2.7, 10.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.example\r\n'

describe('with trusted proxies', () => {
  let server: Server
  before(async () => {
    server = await serve(
      '[server]\ntrusted_proxies = ["127.0.0.1", "10.0.0.0/8"]\n[log]\naccess = "json"\n',
    )
  })
  after(() => server?.stop())

  test('a route handler gets the URL of the client', async () => {
    const seen = await ask(
      server,
      '/api/who?a=b',
      `Host: inner:3000\r\n${told}X-Real-IP: 6.6.6.6\r\n`,
    )
    assert.deepEqual(seen, {
      url: 'https://shop.example/api/who?a=b',
      origin: 'https://shop.example',
      host: 'shop.example',
      forwarded: {
        'x-forwarded-for': '192.0.2.7',
        'x-forwarded-host': 'shop.example',
        'x-forwarded-port': '443',
        'x-forwarded-proto': 'https',
      },
    })
  })

  test('the Pages API, redirects and the access log know the client', async () => {
    const seen = await ask(server, '/api/peer', `Host: inner\r\n${told}`)
    assert.deepEqual(seen, { address: '192.0.2.7', encrypted: true })
    const { status, headers } = await rawRequest(
      server.port,
      `GET /api/moved HTTP/1.1\r\nHost: inner\r\nConnection: close\r\n${told}\r\n`,
    )
    assert.equal(status, 307)
    assert.equal(headers.location, '/api/who', 'it is of the same origin')
    await server.printed(/"remote(_address|_addr)?":"192\.0\.2\.7"|192\.0\.2\.7/)
  })

  test('over HTTP/2 too', async () => {
    const session = connect(server.url)
    try {
      const stream = session.request({
        ':path': '/api/who',
        'x-forwarded-for': '6.6.6.6, 192.0.2.8',
        'x-forwarded-proto': 'https',
      })
      let body = ''
      for await (const chunk of stream.setEncoding('utf8')) body += chunk
      const seen = JSON.parse(body)
      assert.equal(seen.forwarded['x-forwarded-for'], '192.0.2.8')
      assert.equal(new URL(seen.url).protocol, 'https:')
      const refused = session.request({ ':path': '/api/who', 'x-forwarded-host': 'a/b' })
      const status = await new Promise((resolve) =>
        refused.on('response', (fields) => resolve(fields[':status'])),
      )
      assert.equal(status, 400)
    } finally {
      session.destroy()
    }
  })

  test('what cannot be a URL is refused', async () => {
    for (const bad of ['X-Forwarded-Host: a/b', 'X-Forwarded-Proto: ftp', 'X-Forwarded-Port: 0']) {
      const { status } = await rawRequest(
        server.port,
        `GET /api/who HTTP/1.1\r\nHost: a\r\n${bad}\r\n\r\n`,
      )
      assert.equal(status, 400, bad)
    }
  })
})

test('what a client that is no trusted proxy tells is dropped', async () => {
  const server = await serve('[server]\ntrusted_proxies = ["10.0.0.0/8"]\n')
  try {
    const seen = await ask(server, '/api/who', `Host: a.example\r\n${told}`)
    assert.equal(seen.url, 'http://a.example/api/who')
    assert.deepEqual(
      (seen.forwarded as Record<string, string>)['x-forwarded-for'],
      '::ffff:127.0.0.1',
    )
  } finally {
    await server.stop()
  }
})

test('only allowed hosts are served', async () => {
  const server = await serve(
    '[server]\nallowed_hosts = ["shop.example", "*.shop.example"]\nhealth_path = "/up"\n',
  )
  const status = async (host: string | null, path = '/api/who', version = '1.1') => {
    const field = host === null ? '' : `Host: ${host}\r\n`
    const request = `GET ${path} HTTP/${version}\r\n${field}Connection: close\r\n\r\n`
    return (await rawRequest(server.port, request)).status
  }
  try {
    for (const host of ['shop.example', 'SHOP.example:8080', 'a.shop.example', 'shop.example.']) {
      assert.equal(await status(host), 200, host)
    }
    for (const host of [
      'evil.example',
      'a.b.shop.example',
      'shop.example.evil.example',
      'xshop.example',
      'localhost',
      '10.0.0.1',
    ]) {
      assert.equal(await status(host), 421, host)
    }
    assert.equal(await status(null, '/api/who', '1.0'), 421)
    assert.equal(await status('evil.example', '/up'), 200)
  } finally {
    await server.stop()
    write(directory, 'millrace.toml', '')
  }
})
