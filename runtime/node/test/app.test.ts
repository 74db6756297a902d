// The expected values are those of `next start` of Next.js 16.4 with the same handlers.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { RouteFixture } from './app_support.ts'

const fixture = new RouteFixture()
const development = new RouteFixture('development')

const hello = fixture.add(`export function GET() { return Response.json({ hello: 'world' }) }`)
test('hello', async () => {
  const response = await hello.ask()
  assert.equal(response.status, 200)
  assert.equal(response.text, '{"hello":"world"}')
  assert.equal(response.fields, `content-type: application/json\r\n`)
})

const full = fixture.add(
  ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
    .map(
      (method) =>
        `export function ${method}(request) { return new Response('${method} ' + request.method) }`,
    )
    .join('\n'),
)
test('each method has its handler', async () => {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    const response = await full.ask({ method })
    assert.equal(response.text, `${method} ${method}`)
    assert.equal(response.fields, `content-type: text/plain;charset=UTF-8\r\n`)
  }
  const head = await full.ask({ method: 'HEAD' })
  assert.equal(head.status, 200)
  assert.equal(head.body.length, 0)
})

const onlyGet = fixture.add(
  `export const GET = () => new Response('x', { headers: { 'X-Y': '1' } })`,
)
const writeOnly = fixture.add(`export const POST = () => new Response('x'), DELETE = POST`)
test('HEAD is GET without a body', async () => {
  const response = await onlyGet.ask({ method: 'HEAD' })
  assert.equal(response.status, 200)
  assert.equal(response.fields, `content-type: text/plain;charset=UTF-8\r\nx-y: 1\r\n`)
  assert.equal(response.body.length, 0)
})
test('OPTIONS lists the methods', async () => {
  const response = await onlyGet.ask({ method: 'OPTIONS' })
  assert.equal(response.status, 204)
  assert.equal(response.fields, `allow: GET, HEAD, OPTIONS\r\n`)
  assert.equal(
    (await writeOnly.ask({ method: 'OPTIONS' })).header('allow'),
    'DELETE, OPTIONS, POST',
  )
})
test('405 for a method without a handler, 400 for a method that Next.js does not know', async () => {
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    const response = await onlyGet.ask({ method })
    assert.deepEqual(
      [response.status, response.fields, response.text],
      [405, 'allow: GET, HEAD, OPTIONS\r\n', ''],
    )
  }
  assert.equal((await writeOnly.ask({ method: 'HEAD' })).status, 405)
  assert.equal((await onlyGet.ask({ method: 'PROPFIND' })).status, 400)
  assert.equal((await onlyGet.ask({ method: '__proto__' })).status, 400)
})

const bodies = fixture.handler(`
  const kind = request.nextUrl.searchParams.get('kind')
  if (kind === 'bytes') return new Response(new Uint8Array([1, 2, 3]))
  if (kind === 'null') return new Response(null)
  if (kind === 'empty') return new Response('')
  if (kind === 'blob') return new Response(new Blob(['x'], { type: 'text/css' }))
  if (kind === 'form') { const form = new FormData(); form.set('a', 'b'); return new Response(form) }
  if (kind === 'status') return new Response('x', { status: 299, statusText: 'Odd Thing' })
  if (kind === '304') return new Response(null, { status: 304, headers: { etag: '"x"' } })
  if (kind === 'redirect') return Response.redirect('http://localhost/x?y=1')
  if (kind === 'error') return Response.error()
  if (kind === 'fetched') return fetch('data:text/css,x')
  if (kind === 'used') { const response = new Response('x'); await response.text(); return response }
  if (kind === 'headers') return new Response('x', { headers: [
    ['X-A', '1'], ['x-a', '2'], ['Vary', 'foo'], ['Set-Cookie', 'a=1'], ['set-cookie', 'b=2'],
    ['Content-Length', '9'], ['Content-Encoding', 'gzip'], ['Transfer-Encoding', 'chunked'], ['B', '1'],
    ['Connection', 'close'], ['x-middleware-set-cookie', 'q=1']] })
`)
test('bodies and their headers', async () => {
  const ask = (kind: string) => bodies.ask({ url: `/api/test?kind=${kind}` })
  const bytes = await ask('bytes')
  assert.deepEqual([...bytes.body], [1, 2, 3])
  assert.equal(bytes.fields, '')
  assert.equal((await ask('null')).fields, '')
  assert.equal((await ask('empty')).fields, `content-type: text/plain;charset=UTF-8\r\n`)
  const blob = await ask('blob')
  assert.deepEqual([blob.text, blob.header('content-type')], ['x', 'text/css'])
  const form = await ask('form')
  assert.match(form.header('content-type')!, /^multipart\/form-data; boundary=/)
  assert.match(form.text, /name="a"\r\n\r\nb\r\n/)
  const status = await ask('status')
  assert.deepEqual([status.status, status.reason], [299, 'Odd Thing'])
  assert.deepEqual([(await ask('304')).status, (await ask('304')).header('etag')], [304, '"x"'])
  const redirect = await ask('redirect')
  assert.deepEqual([redirect.status, redirect.header('location')], [302, 'http://localhost/x?y=1'])
  const fetched = await ask('fetched')
  assert.deepEqual([fetched.text, fetched.header('content-type')], ['x', 'text/css'])
})
test('headers are sorted, joined, and without those that the server sets', async () => {
  const response = await bodies.ask({ url: '/api/test?kind=headers' })
  assert.equal(
    response.fields,
    'b: 1\r\nconnection: close\r\ncontent-type: text/plain;charset=UTF-8\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nvary: foo\r\nx-a: 1, 2\r\n',
  )
})
test('a response that cannot be sent becomes 500', async () => {
  for (const kind of ['error', 'used']) {
    const response = await bodies.ask({ url: `/api/test?kind=${kind}` })
    assert.deepEqual([response.status, response.text], [500, ''])
  }
})

const failures = fixture.handler(
  `
  const kind = request.nextUrl.searchParams.get('kind')
  if (kind === 'throw') throw new Error('the secret of failures')
  if (kind === 'text') throw 'a text'
  if (kind === 'response') throw new Response('thrown', { status: 418 })
  if (kind === 'nothing') return
  if (kind === 'object') return { a: 1 }
  if (kind === 'rewrite') return NextResponse.rewrite(new URL('/x', request.url))
  if (kind === 'next') return NextResponse.next()
  if (kind === 'json') return Response.json(await request.json())
`,
  `import { NextResponse } from 'next/server'`,
)
test('an error becomes 500 without a body, and is logged', async () => {
  for (const kind of ['throw', 'text', 'response', 'nothing', 'object', 'rewrite', 'next']) {
    const response = await failures.ask({ url: `/api/test?kind=${kind}` })
    assert.deepEqual([response.status, response.fields, response.text], [500, '', ''], kind)
  }
  assert.equal((await failures.ask({ url: '/api/test?kind=json', body: '{bad' })).status, 500)
  const log = await fixture.server()
  await log.logged('the secret of failures')
  const line = await log.logged('No response is returned from route handler')
  assert.match(line.text, /received 'undefined' \(method: GET, url: \/api\/test\)/)
  await log.logged(`received 'Object'`)
  await log.logged('NextResponse.rewrite() was used in a app route handler')
})
const synchronous = fixture.add(`export function GET() { throw new Error('at once') }`)
test('an error thrown before any promise', async () => {
  assert.equal((await synchronous.ask()).status, 500)
})
const failing = development.handler(`throw new Error('the reason')`)
test('in development the response contains the error', async () => {
  const response = await failing.ask()
  assert.equal(response.status, 500)
  assert.match(response.text, /the reason[\s\S]*at handler/)
})
const lowercase = development.add(`export function get() {}\nexport default function () {}`)
test('in development the log warns of exports without effect', async () => {
  assert.equal((await lowercase.ask()).status, 405)
  const log = await development.server()
  await log.logged("Detected lowercase method 'get'")
  await log.logged('Detected default export')
  await log.logged('No HTTP methods exported')
})

const single = fixture.handler(`return Response.json(await context.params)`, '', {
  parameters: [{ name: 'id', kind: 'single' }],
  path: '/api/[id]',
})
const optional = fixture.handler(`return Response.json(await context.params)`, '', {
  parameters: [{ name: 'slug', kind: 'optional-catch-all' }],
  path: '/api/[[...slug]]',
})
const withoutParameters = fixture.handler(
  `return Response.json([Object.keys(context), typeof context.params])`,
)
test('parameters are a promise', async () => {
  assert.deepEqual(await single.json({ parameters: 'a%20b%2Fc' }), { id: 'a b/c' })
  assert.deepEqual(await optional.json({ parameters: 'x/y%20z' }), { slug: ['x', 'y z'] })
  assert.deepEqual(await optional.json({ parameters: '' }), {})
  assert.deepEqual(await withoutParameters.json(), [['params'], 'undefined'])
})

const about = fixture.handler(
  `
  const { nextUrl: url } = request
  return Response.json({
    url: request.url, method: request.method, headers: [...request.headers], body: request.body === null,
    used: request.bodyUsed, text: await request.text(), after: request.bodyUsed,
    is: [request instanceof Request, request instanceof NextRequest, request.headers instanceof Headers],
    nextUrl: [url.href, url.origin, url.pathname, url.search, url.host, url.port, url.basePath, url.locale],
    constants: [request.mode, request.credentials, request.cache, request.redirect, request.referrer, request.duplex],
    gone: [request.ip, request.geo], tag: String(request), aborted: request.signal.aborted,
  })`,
  `import { NextRequest } from 'next/server'`,
)
test('the request', async () => {
  assert.deepEqual(
    await about.json({
      url: '/api/test?b=2&a=1&b=3',
      headers: [
        ['Host', '127.0.0.1:3000'],
        ['X-A', '1'],
        ['x-a', '2'],
        ['Cookie', 'a=1'],
        ['Cookie', 'b=2'],
      ],
      remoteAddress: '10.0.0.9',
    }),
    {
      url: 'http://localhost:3000/api/test?b=2&b=3&a=1',
      method: 'GET',
      headers: [
        ['cookie', 'a=1; b=2'],
        ['host', '127.0.0.1:3000'],
        ['x-a', '1, 2'],
        ['x-forwarded-for', '10.0.0.9'],
        ['x-forwarded-host', '127.0.0.1:3000'],
        ['x-forwarded-port', '3000'],
        ['x-forwarded-proto', 'http'],
      ],
      body: true,
      used: false,
      text: '',
      after: false,
      is: [true, true, true],
      nextUrl: [
        'http://localhost:3000/api/test?b=2&b=3&a=1',
        'http://localhost:3000',
        '/api/test',
        '?b=2&b=3&a=1',
        'localhost:3000',
        '3000',
        '',
        '',
      ],
      constants: ['cors', 'same-origin', 'default', 'follow', 'about:client', 'half'],
      gone: [null, null],
      tag: '[object Request]',
      aborted: false,
    },
  )
})
test('a request body can be read once', async () => {
  const found = (await about.json({ body: 'é' })) as Record<string, unknown>
  assert.deepEqual(
    [found['body'], found['used'], found['text'], found['after']],
    [false, false, 'é', true],
  )
})
test('the URL of a request over TLS, and of one with an invalid host', async () => {
  assert.equal(
    ((await about.json({ secure: true })) as { url: string }).url,
    'https://localhost:3000/api/test',
  )
  const odd = (await about.json({ headers: [['Host', 'a/b?c#d']] })) as { url: string }
  assert.equal(odd.url, 'http://localhost/api/test')
})

const reading = fixture.handler(`
  try {
    switch (request.nextUrl.searchParams.get('kind')) {
      case 'json': return Response.json(await request.json())
      case 'buffer': return Response.json([...new Uint8Array(await request.arrayBuffer())])
      case 'bytes': return Response.json([...await request.bytes()])
      case 'blob': { const blob = await request.blob(); return Response.json([blob.size, blob.type]) }
      case 'clone': { const copy = request.clone(); return Response.json([await request.text(), await copy.text(), copy.url]) }
      case 'twice': await request.text(); return Response.json(await request.text())
      case 'stream': { let size = 0; for await (const chunk of request.body) size += chunk.length; return Response.json([size, request.bodyUsed]) }
      case 'chunk': { for await (const chunk of request.body) return Response.json([chunk.constructor.name, Buffer.isBuffer(chunk)]) }
      case 'touched': { request.body; return Response.json(await request.text()) }
      case 'new': { const copy = new Request('http://x/y', request); return Response.json([await copy.text(), copy.method, copy.headers.get('content-type')]) }
      case 'copy': { const copy = new Request(request, { headers: { a: 'b' } }); return Response.json([await copy.text(), copy.headers.get('a'), request.bodyUsed]) }
      case 'response': return Response.json(await new Response(request.body).text())
    }
    const form = await request.formData()
    const entries = []
    for (const [name, value] of form) entries.push([name, typeof value === 'string' ? value : [value.name, value.type, await value.text()]])
    return Response.json(entries)
  } catch (error) { return Response.json([error.name, error.message]) }
`)
test('reading the body in every way', async () => {
  const read = (kind: string, body = '{"a":"é"}', type = 'application/json') =>
    reading.json({
      url: `/api/test?kind=${kind}`,
      body,
      headers: [
        ['Host', 'localhost:3000'],
        ['Content-Type', type],
      ],
    })
  assert.deepEqual(await read('json'), { a: 'é' })
  assert.deepEqual(await read('json', ''), ['SyntaxError', 'Unexpected end of JSON input'])
  assert.deepEqual(await read('buffer', 'ab'), [97, 98])
  assert.deepEqual(await read('bytes', 'ab'), [97, 98])
  assert.deepEqual(await read('blob'), [10, 'application/json'])
  assert.deepEqual(await read('clone', 'x'), [
    'x',
    'x',
    'http://localhost:3000/api/test?kind=clone',
  ])
  assert.deepEqual(await read('twice'), [
    'TypeError',
    'Body is unusable: Body has already been read',
  ])
  assert.deepEqual(await read('stream'), [10, true])
  assert.deepEqual(await read('chunk'), ['Uint8Array', false])
  assert.deepEqual(await read('touched', 'x'), 'x')
  assert.deepEqual(await read('new', 'x'), ['x', 'POST', 'application/json'])
  assert.deepEqual(await read('copy', 'x'), ['x', 'b', true])
  assert.deepEqual(await read('response', 'x'), 'x')
})
test('forms', async () => {
  const read = (body: string, type: string) =>
    reading.json({
      body,
      headers: [
        ['Host', 'localhost:3000'],
        ['Content-Type', type],
      ],
    })
  const part = (head: string, text: string) =>
    `--B\r\nContent-Disposition: form-data; ${head}\r\n\r\n${text}\r\n`
  const form =
    part('name="a"', '1') +
    part('name="f"; filename="x.txt"\r\nContent-Type: text/plain', 'hello') +
    '--B--\r\n'
  assert.deepEqual(await read(form, 'multipart/form-data; boundary=B'), [
    ['a', '1'],
    ['f', ['x.txt', 'text/plain', 'hello']],
  ])
  assert.deepEqual(await read('a=1&b=2+3&a=%C3%A9', 'application/x-www-form-urlencoded'), [
    ['a', '1'],
    ['b', '2 3'],
    ['a', 'é'],
  ])
  assert.deepEqual(await read('x', 'multipart/form-data; boundary=B'), [
    'TypeError',
    'Failed to parse body as FormData.',
  ])
  assert.deepEqual(await read('x', 'text/plain'), [
    'TypeError',
    'Content-Type was not one of "multipart/form-data" or "application/x-www-form-urlencoded".',
  ])
})

const edge = fixture.add(
  `export const runtime = 'edge'\nexport async function GET(request, { params }) { return Response.json([await params, request.url]) }`,
)
test('a route of the edge runtime', async () => {
  const response = await edge.ask()
  assert.deepEqual(
    [response.text, response.fields],
    ['[{},"http://localhost:3000/api/test"]', 'content-type: application/json\r\n'],
  )
})

const streamed = fixture.handler(`
  const bytes = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  const respond = (type) => new Response(bytes, { headers: { 'content-type': type } })
  const compiled = await WebAssembly.compileStreaming(respond('application/wasm'))
  const { instance } = await WebAssembly.instantiateStreaming(Promise.resolve(respond('application/wasm')), {})
  const wrong = await WebAssembly.compileStreaming(respond('text/plain')).catch((error) => error.name)
  return Response.json([compiled instanceof WebAssembly.Module, instance instanceof WebAssembly.Instance, wrong])`)
test('WebAssembly is compiled from a response', async () => {
  assert.equal((await streamed.ask()).text, '[true,true,"TypeError"]')
})

const fetching = fixture.add(`
import fs from 'node:fs'
export const runtime = 'edge'
export async function GET() {
  const asset = new URL('../assets/word.txt', import.meta.url)
  fs.mkdirSync(new URL('../assets', import.meta.url), { recursive: true })
  fs.writeFileSync(asset, 'a word')
  const read = (url) => fetch(url).then((response) => response.text(), (error) => error.name)
  return Response.json([await read(asset), await read(asset.href), await read(import.meta.url), await read(asset.href.replace('assets', 'assets/%2e%2e/routes')), await read('file:///etc/passwd')])
}`)
test('an edge route fetches files of its build only', async () => {
  assert.deepEqual(JSON.parse((await fetching.ask()).text), [
    'a word',
    'a word',
    'TypeError',
    'TypeError',
    'TypeError',
  ])
})

const edgeParameters = fixture.add(
  `export const runtime = 'edge'\nexport const GET = (request) => Response.json(request.url)`,
  {
    parameters: [{ name: 's', kind: 'catch-all' }],
  },
)
const urls = fixture.handler(`return Response.json(request.url)`, '', {
  parameters: [{ name: 's', kind: 'single' }],
})
test('parameters are in the query of edge routes only', async () => {
  const request = { url: '/api/a/b?x=1&s=2', parameters: 'a/b%20c' }
  assert.equal(await edgeParameters.json(request), 'http://localhost:3000/api/a/b?x=1&s=a&s=b+c')
  assert.equal(
    await urls.json({ ...request, parameters: 'a' }),
    'http://localhost:3000/api/a/b?x=1&s=2',
  )
})

const pagesEdge = fixture.add(
  `export const config = { runtime: 'edge' }
  export default async function handler(request, event) {
    const kind = request.nextUrl.searchParams.get('kind')
    if (kind === 'throw') throw new Error('the edge of failing')
    if (kind === 'nothing') return
    if (kind === 'object') return { a: 1 }
    event.waitUntil(Promise.resolve())
    return Response.json([request.method, request.cookies.get('a')?.value, await request.text()], { headers: { 'X-A': 'b' } })
  }`,
  { kind: 'pages', options: { runtime: 'edge' } },
)
test('a handler of pages/api with the edge runtime', async () => {
  const response = await pagesEdge.ask({
    body: 'x',
    headers: [
      ['Host', 'localhost:3000'],
      ['Cookie', 'a=1'],
    ],
  })
  assert.equal(response.text, '["POST","1","x"]')
  assert.equal(response.fields, 'content-type: application/json\r\nx-a: b\r\n')
  assert.equal((await pagesEdge.ask({ url: '/?kind=throw' })).status, 500)
  assert.equal((await pagesEdge.ask({ url: '/?kind=object' })).status, 500)
  const nothing = await pagesEdge.ask({ url: '/?kind=nothing' })
  assert.deepEqual(
    [nothing.status, nothing.fields, nothing.text],
    [200, 'x-middleware-next: 1\r\n', ''],
  )
  assert.deepEqual((await pagesEdge.ask({ method: 'HEAD' })).body.length, 0)
})
