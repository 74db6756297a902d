/**
 * Tests which fields a client's `Connection` field removes before an upstream server sees the
 * request, and which it cannot remove.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { build, project, rawRequest, type Server, startServer } from './support/index.ts'

const origin = createServer(
  (request, response) => void response.end(JSON.stringify(request.headers)),
)
let server: Server

before(async () => {
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const directory = project({
    files: {
      'pages/api/fields.js': 'export default (request, response) => response.json(request.headers)',
      'proxy.js': `
      import { NextResponse } from 'next/server'
      export const config = { matcher: ['/replaced', '/answered', '/passed'] }
      export function proxy(request) {
        if (request.nextUrl.pathname === '/passed') return NextResponse.next()
        if (request.nextUrl.pathname === '/answered') return NextResponse.next({ headers: { 'x-role': 'guest' } })
        const headers = new Headers(request.headers)
        headers.set('x-role', 'guest')
        return NextResponse.next({ request: { headers } })
      }`,
      'next.config.mjs': `export default { rewrites: async () => [
      { source: '/:at(replaced|answered|passed|plain)', destination: 'http://127.0.0.1:${(origin.address() as AddressInfo).port}/' },
    ] }`,
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

/** Returns the fields that the target of a request with these fields receives. */
async function fieldsAt(path: string, ...fields: string[]): Promise<Record<string, string>> {
  const { body } = await rawRequest(
    server.port,
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${fields.join('\r\n')}\r\n\r\n`,
  )
  return JSON.parse(body) as Record<string, string>
}

for (const path of ['/replaced', '/answered']) {
  test(`fields that middleware has set are forwarded: ${path}`, async () => {
    for (const sent of ['admin', 'guest']) {
      const fields = await fieldsAt(path, 'Connection: close, x-role', `X-Role: ${sent}`)
      assert.equal(fields['x-role'], 'guest')
    }
    assert.equal((await fieldsAt(path, 'Connection: close, x-role'))['x-role'], 'guest')
  })
}

for (const path of ['/plain', '/passed']) {
  test(`fields named in any Connection line are not forwarded: ${path}`, async () => {
    const fields = await fieldsAt(
      path,
      'Connection: close',
      'X-Role: admin',
      'X-Other: 1',
      'X-Kept: 1',
      'Connection: x-role , X-OTHER',
    )
    assert.deepEqual(
      [fields['x-role'], fields['x-other'], fields['x-kept']],
      [undefined, undefined, '1'],
    )
  })
}

for (const path of ['/plain', '/passed', '/answered', '/replaced']) {
  test(`fields that the server adds, and end-to-end fields, are forwarded: ${path}`, async () => {
    const options =
      'X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto, Cookie, Authorization, Host, Content-Type, Origin'
    const fields = await fieldsAt(
      path,
      `Connection: close, ${options}`,
      'Cookie: a=1',
      'Authorization: Basic eA==',
      'Content-Type: text/x',
      'Origin: http://a',
    )
    assert.match(fields['x-forwarded-for']!, /127\.0\.0\.1/)
    assert.deepEqual(
      [
        fields['x-forwarded-host'],
        fields['x-forwarded-proto'],
        fields['cookie'],
        fields['authorization'],
        fields['content-type'],
        fields['origin'],
      ],
      ['localhost', 'http', 'a=1', 'Basic eA==', 'text/x', 'http://a'],
    )
  })
}

test('hop-by-hop fields are not forwarded', async () => {
  const fields = await fieldsAt(
    '/plain',
    'TE: trailers',
    'Keep-Alive: timeout=9',
    'Proxy-Connection: keep-alive',
    'Proxy-Authorization: Basic eA==',
    'Connection: HTTP2-Settings, upgrade',
    'HTTP2-Settings: AA',
    'Upgrade: h2c',
    'Trailer: x',
  )
  for (const name of [
    'te',
    'keep-alive',
    'proxy-connection',
    'proxy-authorization',
    'http2-settings',
    'upgrade',
    'trailer',
  ])
    assert.equal(fields[name], undefined, name)
  assert.equal(fields['connection'], 'close')
})

test('a route sees all fields, as under Next.js', async () => {
  const fields = await fieldsAt(
    '/api/fields',
    'Connection: close, x-role, x-forwarded-for',
    'X-Role: admin',
  )
  assert.equal(fields['x-role'], 'admin')
  assert.match(fields['x-forwarded-for']!, /127\.0\.0\.1/)
})
