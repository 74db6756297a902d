// Tests what the middleware function gets, and what the server gets from its responses.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { RouteFixture } from './app_support.ts'

const fixture = new RouteFixture()
const imports = `import { NextResponse } from 'next/server'; import { cookies } from 'next/headers'`
const middleware = (body: string) =>
  fixture.add(`${imports}\nexport async function proxy(request, event) { ${body} }`, {
    kind: 'middleware',
    file: 'src/proxy.ts',
  })
const host = ['Host', 'localhost:3000'] as const

for (const [name, body, fields] of [
  ['nothing goes on', '', 'x-middleware-next: 1\r\n'],
  ['next', 'return NextResponse.next()', 'x-middleware-next: 1\r\n'],
  [
    'a rewrite of this site is a path',
    `return NextResponse.rewrite(new URL('/a?b=1', request.url))`,
    'x-middleware-rewrite: /a?b=1\r\n',
  ],
  [
    'a rewrite to another site is whole',
    `return NextResponse.rewrite('http://other.example/a')`,
    'x-middleware-rewrite: http://other.example/a\r\n',
  ],
  [
    'another scheme is another site',
    `return NextResponse.rewrite('https://localhost:3000/a')`,
    'x-middleware-rewrite: https://localhost:3000/a\r\n',
  ],
  [
    'a redirect on this site is a path',
    `return NextResponse.redirect(new URL('/a', request.url))`,
    'location: /a\r\n',
  ],
  [
    'a permanent one names it twice',
    `return NextResponse.redirect('http://other.example/a', 308)`,
    'location: http://other.example/a\r\nrefresh: 0;url=http://other.example/a\r\n',
  ],
  [
    'cookies go to the server as well',
    `const response = NextResponse.next(); response.cookies.set('a', '1'); return response`,
    'x-middleware-next: 1\r\nset-cookie: a=1; Path=/\r\nx-middleware-set-cookie: a=1; Path=/\r\n',
  ],
  [
    'overridden fields keep their order',
    `const headers = new Headers(request.headers); headers.set('a-new', '1'); headers.delete('x-a'); return NextResponse.next({ request: { headers } })`,
    null,
  ],
] as const) {
  const under = middleware(body)
  test(name, async () => {
    const response = await under.ask({ headers: [host, ['X-Z', 'z'], ['X-A', 'a']] })
    if (fields !== null) {
      assert.deepEqual(response.fields.split('\r\n').sort(), fields.split('\r\n').sort())
    } else {
      const names =
        /^x-middleware-override-headers: (.*)$/m.exec(response.fields)?.[1]?.split(',') ?? []
      assert.deepEqual(
        names.filter((one) => !one.startsWith('x-forwarded-')),
        ['host', 'x-z', 'a-new'],
      )
    }
  })
}

const seen = middleware(
  `return Response.json([[...request.headers.keys()].filter((name) => !name.startsWith('x-forwarded-')), request.url, request.sourcePage, event.sourcePage])`,
)
test('fields and queries of pages are hidden', async () => {
  const response = await seen.ask({
    url: '/a?_rsc=x&b=1',
    headers: [host, ['RSC', '1'], ['Next-Router-Prefetch', '1'], ['X-A', 'a']],
  })
  assert.deepEqual(JSON.parse(response.text), [
    ['host', 'x-a'],
    'http://localhost:3000/a?b=1',
    '/proxy',
    '/proxy',
  ])
})

const withheld = middleware(
  `return NextResponse.next({ request: { headers: new Headers({ 'x-a': '1' }) } })`,
)
test('the route keeps the fields of pages', async () => {
  const { fields } = await withheld.ask({ headers: [host, ['RSC', '1']] })
  assert.match(fields, /^x-middleware-override-headers: x-a,rsc\r$/m)
  assert.match(fields, /^x-middleware-request-rsc: 1\r$/m)
})

for (const [name, body] of [
  ['an error', `throw new Error('broken')`],
  ['no response', 'return {}'],
  [
    'a relative location',
    `return new Response(null, { status: 307, headers: { location: '/a' } })`,
  ],
] as const) {
  const under = middleware(body)
  test(`500 for ${name}`, async () => {
    const response = await under.ask({ headers: [host] })
    assert.equal(response.status, 500)
    assert.equal(response.text, 'Internal Server Error')
  })
}

const withReason = middleware(`return new Response('x', { status: 402, statusText: 'Pay' })`)
test('a response has the standard reason phrase of its status', async () => {
  const response = await withReason.ask({ headers: [host] })
  assert.deepEqual([response.status, response.text], [402, 'x'])
})

const wrong = fixture.add('export function middleware() {}', {
  kind: 'middleware',
  file: 'proxy.ts',
})
test('a module without the function', async () => {
  assert.equal((await wrong.ask({ headers: [host] })).status, 500)
})

const query = fixture.add(
  'export default (req, res) => res.json([req.query, req.headers, req.url])',
  { kind: 'pages' },
)
const plain = fixture.add(
  'export default (req, res) => { if (req.query.own) res.status(201); res.json(req.headers) }',
  { kind: 'pages' },
)
test('the status of the middleware is that of a response without its own', async () => {
  const ask = async (url: string, ...headers: [string, string][]) => {
    const response = await plain.ask({ url, headers: [...headers, host] })
    return [response.status, JSON.parse(response.text)['x-millrace-status']]
  }
  assert.deepEqual(await ask('/api/test', ['x-millrace-status', '410']), [410, undefined])
  assert.deepEqual(await ask('/api/test?own=1', ['x-millrace-status', '410']), [201, undefined])
  assert.deepEqual(await ask('/api/test'), [200, undefined])
})

test('a rewritten query reaches the route, the field that carries it does not', async () => {
  const ask = async (...headers: [string, string][]) =>
    JSON.parse((await query.ask({ url: '/api/test?a=1', headers })).text)
  const [given, headers, url] = await ask(['x-millrace-query', 'b=2&c=%20'], ['X-A', 'a'])
  assert.deepEqual(given, { b: '2', c: ' ' })
  assert.equal(url, '/api/test?a=1')
  assert.equal(headers['x-millrace-query'], undefined)
  assert.equal(headers['x-a'], 'a')
  assert.deepEqual((await ask(['x-millrace-query', '']))[0], {})
  assert.deepEqual((await ask())[0], { a: '1' })
  assert.deepEqual(
    (await ask(['x-millrace-status', '410'], ['x-millrace-query', 'b=2'], ['X-A', 'a']))[0],
    { b: '2' },
  )
  // Only the first line, which is the server's.
  assert.deepEqual((await ask(['X-A', 'a'], ['x-millrace-query', 'b=2']))[0], { a: '1' })
})

const echo = `import http from 'node:http'
const server = http.createServer((req, res) => res.end(req.headers['user-agent'])).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
server.unref()
const agent = async (...rest) => (await fetch('http://127.0.0.1:' + server.address().port, ...rest)).text()`
const agents = `[await agent(), await agent({ headers: { 'User-Agent': 'own' } })]`
for (const [name, under, wanted] of [
  [
    'middleware.ts',
    fixture.add(`${echo}\nexport const middleware = async () => Response.json(${agents})`, {
      kind: 'middleware',
      file: 'middleware.ts',
    }),
    'Next.js Middleware',
  ],
  [
    'an edge route',
    fixture.add(
      `${echo}\nexport const runtime = 'edge'\nexport const GET = async () => Response.json(${agents})`,
    ),
    'Next.js Middleware',
  ],
  [
    'proxy.ts',
    fixture.add(`${echo}\nexport const proxy = async () => Response.json(${agents})`, {
      kind: 'middleware',
      file: 'proxy.ts',
    }),
    'node',
  ],
  [
    'a route',
    fixture.add(`${echo}\nexport const GET = async () => Response.json(${agents})`),
    'node',
  ],
] as const) {
  test(`the user agent of fetch in ${name}`, async () => {
    assert.deepEqual(await under.json(), [wanted, 'own'])
  })
}

test("a request for a page's data has the path of the page", async () => {
  const response = await seen.ask({ url: '/_next/data/build/a/b.json?c=1', headers: [host] })
  assert.equal((JSON.parse(response.text) as string[])[1], 'http://localhost:3000/a/b?c=1')
})

const isData = ['x-nextjs-data', '1'] as const
const rewriting = middleware(`return NextResponse.rewrite(new URL('/to?a=1', request.url))`)
const redirecting = middleware(`return NextResponse.redirect(new URL('/to?a=1', request.url))`)

test('a client that asks for data is told where the middleware leads', async () => {
  const { fields } = await rewriting.ask({ url: '/from', headers: [host, isData] })
  assert.match(fields, /^x-middleware-rewrite: \/to\?a=1\r$/m)
  assert.match(fields, /^x-nextjs-rewrite: \/to\?a=1\r$/m)
  const redirect = await redirecting.ask({ url: '/from', headers: [host, isData] })
  assert.equal(redirect.status, 307)
  assert.match(redirect.fields, /^x-nextjs-redirect: \/to\?a=1\r$/m)
  assert.doesNotMatch(redirect.fields, /^location:/m)
  assert.equal(redirect.text, '')
})

test('a client that asks for a payload is told path and query of a rewrite', async () => {
  const url = '/from?_rsc=hash'
  const { fields } = await rewriting.ask({ url, headers: [host, ['RSC', '1']] })
  assert.match(fields, /^x-middleware-rewrite: \/to\?a=1&_rsc=hash\r$/m)
  assert.match(fields, /^x-nextjs-rewritten-path: \/to\r$/m)
  assert.match(fields, /^x-nextjs-rewritten-query: a=1\r$/m)
  const redirect = await redirecting.ask({ url, headers: [host, ['RSC', '1']] })
  assert.match(redirect.fields, /^location: \/to\?a=1\r$/m)
  const document = await rewriting.ask({ url: '/from', headers: [host] })
  assert.doesNotMatch(document.fields, /x-nextjs-/)
})

test('the path of a payload is that of its page', async () => {
  const response = await seen.ask({ url: '/a.rsc?b=1', headers: [host] })
  assert.equal((JSON.parse(response.text) as string[])[1], 'http://localhost:3000/a?b=1')
})
