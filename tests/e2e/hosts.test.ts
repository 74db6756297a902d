/**
 * Tests which hosts a request can name, in `Host` and in an absolute-form target, and where the
 * host is used.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { build, project, RawClient, rawRequest, type Server, startServer } from './support/index.ts'

let server: Server

before(async () => {
  const directory = project({
    files: {
      'pages/api/hello.js':
        'export default (request, response) => response.json({ url: request.url, host: request.headers.host, forwarded: request.headers["x-forwarded-host"] })',
      'app/where/route.js':
        'export const GET = (request) => Response.json({ url: request.url, host: request.headers.get("host") })',
      'app/route.js':
        'export const GET = (request) => new Response(`root ${request.nextUrl.searchParams.get("x")}`)',
      'proxy.js': `
      import { NextResponse } from 'next/server'
      export function proxy(request) { return NextResponse.next({ headers: { 'x-seen': request.nextUrl.host } }) }`,
      'next.config.mjs': `export default { redirects: async () => [
      { source: '/guarded', has: [{ type: 'host', value: 'inner.example' }], destination: '/inside', permanent: false },
    ] }`,
    },
  })
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(async () => void (await server?.stop()))

const get = (target: string, host: string) =>
  rawRequest(server.port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)

describe('the Host field', () => {
  for (const host of [
    '[',
    'a:b:c',
    ':80',
    'localhost:99999',
    '256.256.256.256',
    'user@h',
    'h/path',
    'h, other',
    '',
    '%zz',
    'xn--a',
  ]) {
    test(`${JSON.stringify(host)} is rejected with 400 and does not block the worker`, async () => {
      assert.equal((await get('/api/hello', host)).status, 400)
      assert.equal((await get('/nowhere', host)).status, 400)
    })
  }

  test('the worker can build a URL with every accepted host', async () => {
    const hosts = generatedHosts(400)
    let taken = 0
    for (const host of hosts) {
      const { status } = await get('/where', host)
      assert.ok(status === 200 || status === 400, `${JSON.stringify(host)}: ${status}`)
      if (status !== 200) continue
      taken++
      assert.ok(URL.canParse(`http://${host}/`), `${JSON.stringify(host)} is taken`)
    }
    assert.ok(taken > 40 && taken < hosts.length, `${taken} of ${hosts.length} taken`)
  })
})

describe('a target in absolute form', () => {
  test('determines the host, whatever Host contains', async () => {
    const page = JSON.parse(
      (await get('http://inner.example:81/api/hello?a=1', 'outer.example')).body,
    ) as unknown
    assert.deepEqual(page, {
      url: '/api/hello?a=1',
      host: 'inner.example:81',
      forwarded: 'inner.example:81',
    })
    const response = await get('http://inner.example:81/where', 'outer.example')
    assert.deepEqual(JSON.parse(response.body), {
      url: 'http://inner.example:81/where',
      host: 'inner.example:81',
    })
    assert.equal(response.headers['x-seen'], 'inner.example:81')
  })

  test('determines the host that rules match', async () => {
    assert.equal(
      (await get('http://inner.example/guarded', 'outer.example')).headers['location'],
      '/inside',
    )
    assert.equal((await get('http://outer.example/guarded', 'inner.example')).status, 404)
  })

  test('can have a query directly after its host', async () => {
    const response = await get('http://a?x=/api/hello', 'a')
    assert.deepEqual([response.status, response.body], [200, 'root /api/hello'])
  })

  test('is rejected with an empty host, user information, or https', async () => {
    for (const target of [
      'http:///api/hello',
      'http://u@a/api/hello',
      'http://a:99999/',
      'http://a/#b',
      'ftp://a/',
    ]) {
      assert.equal((await get(target, 'a')).status, 400, target)
    }
    assert.equal((await get('https://a/api/hello', 'a')).status, 421)
  })
})

test('OPTIONS * gets a response for the whole server, and the connection stays open', async () => {
  using client = await RawClient.connect(server.port)
  for (const target of ['*', 'http://a']) {
    await client.send(`OPTIONS ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)
    const response = await client.response()
    assert.deepEqual(
      [response.status, response.headers['allow']],
      [204, 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT'],
    )
  }
})

test('an unsupported method gets a 405 response with the supported ones', async () => {
  for (const method of ['POST', 'DELETE', 'TRACE']) {
    const response = await rawRequest(server.port, `${method} /where HTTP/1.1\r\nHost: a\r\n\r\n`)
    assert.deepEqual(
      [response.status, response.headers['allow']],
      [405, 'GET, HEAD, OPTIONS'],
      method,
    )
  }
})

/** Generates hosts from the characters of hosts, the same ones in each run. */
function generatedHosts(count: number): string[] {
  let state = 20261130
  const below = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >>> 8) % limit
  }
  const labels = [
    'a',
    'A1',
    'localhost',
    'x_y',
    '-',
    'a-',
    '~',
    '0',
    '1',
    '255',
    '256',
    '007',
    '0x1',
    '0xg',
    '0X',
    '1e3',
    '',
    '.',
    '..',
    'xn--',
    'xn--a',
    'xn--bcher-kva',
    'XN--BCHER-KVA',
    'xn--0zwm56d',
    'xn--mgbh0fb',
    'xn--ls8h',
    'xn--a-ecp',
    'xn--1ug',
    'xn--zca',
    'xn--4ca0b',
    'xn--80ak6aa92e',
    'xn--u-ccb',
    'xn--x-xbb',
    'ab--c',
    '[::1]',
    '[::',
    '[1::2%1]',
    '::',
    '[::ffff:1.2.3.4]',
    '%41',
    '%',
    '!',
    "'",
    '*',
    ',',
    ';',
    '=',
    '@',
    '^',
    '|',
    '`',
    '{',
    '"',
    '<',
    '\\',
    '/',
    '?',
    '#',
    ' ',
    '\t',
    '\u00fc',
    '\u0080',
    '1.2.3.4',
    '1.2.3',
    '1.2.3.4.5',
    '192.168.0.1',
  ]
  const ports = [
    '',
    '',
    '',
    ':',
    ':0',
    ':80',
    ':65535',
    ':65536',
    ':080',
    ':000080',
    ':x',
    ':-1',
    '::',
  ]
  const pick = (list: readonly string[]) => list[below(list.length)]!
  return Array.from({ length: count }, () => {
    const host = Array.from({ length: 1 + below(3) }, () => pick(labels)).join(
      below(5) === 0 ? '' : '.',
    )
    return host + pick(ports)
  })
}
