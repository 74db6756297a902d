// The expected values are those of `next start` of Next.js 16.4 with the same handlers.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'

import { LogLevel } from '../../../protocol/generated/frames.ts'
import {
  TestProject,
  TestServer,
  type TestResponse,
  type Request,
  type TestRoute,
} from './support.ts'

// One worker serves the many small handlers, each as its own generation.
const sharedProject = new TestProject()
const sharedServer = new TestServer()
let generation = 0
after(async () => {
  await sharedServer[Symbol.asyncDispose]()
  sharedProject[Symbol.dispose]()
})

/** Runs one handler, given as the body of a function of req and res, for one request. */
async function run(
  body: string,
  request: Request = {},
  route: Partial<TestRoute> & { before?: string } = {},
): Promise<TestResponse> {
  const source = `${route.before ?? ''}\nexport default async function handler(req, res) { ${body} }`
  const number = ++generation
  const manifest = sharedProject.writeGeneration([{ ...route, source }], 'production', number)
  const { error } = await sharedServer.load({
    generation: number,
    manifest,
    root: sharedProject.root,
    mode: 'production',
  })
  assert.equal(error, undefined)
  return await sharedServer.request({ ...request, generation: number })
}

const jsonType = 'application/json; charset=utf-8'

test('json()', async () => {
  const response = await run(`res.status(201).json({ a: 1, '\u00fc': '\u00fc' })`)
  assert.equal(response.status, 201)
  assert.equal(response.text, '{"a":1,"\u00fc":"\u00fc"}')
  assert.equal(response.fields, `Content-Type: ${jsonType}\r\nETag: "qyuqgd06fgf"\r\n`)
})

test('send() of text, numbers, booleans, bytes, nothing', async () => {
  const text = await run(`res.send('hello')`)
  assert.equal(text.header('content-type'), undefined)
  assert.ok(text.header('etag'))
  const number = await run(`res.send(42)`)
  assert.equal(number.fields, `ETag: "145yod55ra52"\r\nContent-Type: ${jsonType}\r\n`)
  assert.equal((await run(`res.send(true)`)).header('etag'), '"ywwejgvrps4"')
  const bytes = await run(`res.send(Buffer.from([0, 255, 10]))`)
  assert.equal(bytes.header('content-type'), 'application/octet-stream')
  assert.deepEqual(bytes.body, Buffer.from([0, 255, 10]))
  const nothing = await run(`res.send(null)`)
  assert.equal(nothing.status, 200)
  assert.equal(nothing.fields, '')
  assert.equal(nothing.body.length, 0)
})

test('send() of a stream', async () => {
  const response = await run(
    `res.send(Readable.from(['a', 'b', 'c']))`,
    {},
    { before: `import { Readable } from 'stream'` },
  )
  assert.equal(response.header('content-type'), 'application/octet-stream')
  assert.equal(response.text, 'abc')
})

test('a content type that was set is kept, but json() overrides it', async () => {
  const css = await run(`res.setHeader('Content-Type', 'text/css'); res.send('a{}')`)
  assert.equal(css.header('content-type'), 'text/css')
  const json = await run(
    `res.setHeader('Content-Type', 'application/vnd.api+json'); res.json({ a: 1 })`,
  )
  assert.equal(json.header('content-type'), jsonType)
})

test('204 and 304 have no body', async () => {
  for (const status of [204, 304]) {
    const response = await run(`res.status(${status}).json({ a: 1 })`)
    assert.equal(response.status, status)
    assert.equal(response.body.length, 0)
    assert.equal(response.header('content-type'), undefined)
  }
})

test('a client with a fresh copy of the response gets 304', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    { source: `export default (q, s) => s.json({ a: 1, '\u00fc': '\u00fc' })` },
  ])
  const etag = '"qyuqgd06fgf"'
  const status = async (...headers: [string, string][]): Promise<number> =>
    (await server.request({ headers })).status
  assert.equal(await status(['If-None-Match', etag]), 304)
  assert.equal(await status(['if-none-match', `"a", W/${etag}`]), 304)
  assert.equal(await status(['If-None-Match', '*']), 304)
  assert.equal(await status(['If-None-Match', '"x"']), 200)
  assert.equal(await status(['If-None-Match', etag], ['Cache-Control', 'no-cache']), 200)
  assert.equal(
    await status(['If-None-Match', etag], ['If-Modified-Since', 'Mon, 01 Jan 2024 00:00:00 GMT']),
    200,
  )
  const response = await server.request({ headers: [['If-None-Match', etag]] })
  assert.equal(response.header('etag'), etag)
  assert.equal(response.header('content-length'), undefined)
})

test('redirect()', async () => {
  const plain = await run(`res.redirect('/x')`)
  assert.deepEqual([plain.status, plain.header('location'), plain.text], [307, '/x', '/x'])
  const moved = await run(`res.redirect(301, '/y')`)
  assert.deepEqual([moved.status, moved.header('location')], [301, '/y'])
  const wrong = await run(
    `try { res.redirect('301', '/y', 1); res.redirect({}, '/z') } catch (e) { console.log(e.message) }`,
  )
  assert.equal(wrong.header('location'), '301')
})

test('headers: repeated, appended, removed, listed', async () => {
  const response = await run(`
    res.setHeader('Set-Cookie', ['a=1', 'b=2']); res.setHeader('X-M', ['1', '2']); res.appendHeader('x-m', 3)
    res.setHeader('X-Gone', 'x'); res.removeHeader('x-gone'); res.setHeader('X-N', 5)
    res.end(JSON.stringify([res.getHeaderNames(), res.getHeader('X-n'), res.hasHeader('x-gone'), res.getHeaders()]))`)
  assert.equal(
    response.fields,
    'Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nx-m: 1\r\nx-m: 2\r\nx-m: 3\r\nX-N: 5\r\n',
  )
  assert.deepEqual(JSON.parse(response.text), [
    ['set-cookie', 'x-m', 'x-n'],
    5,
    false,
    { 'set-cookie': ['a=1', 'b=2'], 'x-m': ['1', '2', '3'], 'x-n': 5 },
  ])
})

test('headers that cannot be sent are rejected as in Node.js', async () => {
  const attempt = (call: string): Promise<TestResponse> =>
    run(`try { ${call}; res.end() } catch (e) { res.end(e.name + ' ' + e.code + ' ' + e.message) }`)
  assert.equal(
    (await attempt(`res.setHeader('X A', 'a')`)).text,
    'TypeError ERR_INVALID_HTTP_TOKEN Header name must be a valid HTTP token ["X A"]',
  )
  assert.equal(
    (await attempt(`res.setHeader('X-A', undefined)`)).text,
    'TypeError ERR_HTTP_INVALID_HEADER_VALUE Invalid value "undefined" for header "X-A"',
  )
  assert.equal(
    (await attempt(`res.setHeader('X-A', 'a\\r\\nX-B: 1')`)).text,
    'TypeError ERR_INVALID_CHAR Invalid character in header content ["X-A"]',
  )
  const late = await run(
    `res.write('a'); try { res.setHeader('X', '1'); res.end('b') } catch (e) { res.end(e.code) }`,
  )
  // Next.js allows it.
  assert.equal(late.text, 'ab')
})

test('writeHead()', async () => {
  const response = await run(
    `res.setHeader('X-B', '2'); res.writeHead(202, 'Fine', { 'X-A': '1' }); res.end('ok')`,
  )
  assert.deepEqual(
    [response.status, response.reason, response.fields],
    [202, 'Fine', 'X-B: 2\r\nX-A: 1\r\n'],
  )
  const list = await run(`res.writeHead(200, ['X-A', '1', 'X-A', '2']); res.end()`)
  assert.equal(list.header('x-a'), '1|2')
  assert.equal((await run(`res.writeHead(99)`)).status, 500)
})

test('middleware that replaces writeHead, end or json is called', async () => {
  const response = await run(`
    const { writeHead, end, json } = res
    res.writeHead = function (...values) { this.setHeader('X-Time', '1'); return writeHead.apply(this, values) }
    res.end = function (chunk, ...rest) { this.setHeader('X-End', String(chunk.length)); return end.call(this, chunk, ...rest) }
    res.json = (body) => json({ wrapped: body })
    const { status } = res
    status(203); res.json(1)`)
  assert.equal(response.status, 203)
  assert.equal(response.text, '{"wrapped":1}')
  assert.equal(response.header('x-time'), '1')
  assert.equal(response.header('x-end'), '13')
})

test('HEAD: the head of a GET, no body', async () => {
  const json = await run(`res.json({ a: 1, '\u00fc': '\u00fc' })`, { method: 'HEAD' })
  assert.equal(
    json.fields,
    `Content-Type: ${jsonType}\r\nETag: "qyuqgd06fgf"\r\nContent-Length: 17\r\n`,
  )
  assert.equal(json.body.length, 0)
  const written = await run(`res.write('a'); res.end('b')`, { method: 'HEAD' })
  assert.deepEqual([written.fields, written.body.length], ['', 0])
})

test('query and parameters', async () => {
  const route: Partial<TestRoute> = {
    parameters: [
      { name: 'id', kind: 'single' },
      { name: 'rest', kind: 'catch-all' },
    ],
  }
  const response = await run(
    `res.json(req.query)`,
    { url: '/api/a%20b/c/d%2Fe?x=1&x=2&y&z=%zz&id=no&q=a+b', parameters: 'a%20b c/d%2Fe' },
    route,
  )
  assert.deepEqual(JSON.parse(response.text), {
    x: ['1', '2'],
    y: '',
    z: '%zz',
    id: 'a b',
    q: 'a b',
    rest: ['c', 'd/e'],
  })
  const optional: Partial<TestRoute> = { parameters: [{ name: 's', kind: 'optional-catch-all' }] }
  assert.equal(
    (await run(`res.json(req.query)`, { url: '/api', parameters: '' }, optional)).text,
    '{}',
  )
  assert.equal(
    (await run(`res.json(req.query)`, { parameters: 'a/b' }, optional)).text,
    '{"s":["a","b"]}',
  )
})

test('the query of req.url is normalized', async () => {
  const url = async (target: string): Promise<string> =>
    (await run(`res.end(req.url)`, { url: target })).text
  assert.equal(await url('/api/t?a=1&b=2'), '/api/t?a=1&b=2')
  assert.equal(
    await url('/api/t%20x?a=1&b&a=%zz&__proto__=1&&x=%20&d=%E4'),
    '/api/t%20x?a=1&a=%25zz&b=&__proto__=1&x=+&d=%EF%BF%BD',
  )
  assert.equal(await url('/api/t?'), '/api/t')
})

test('headers, cookies and the connection', async () => {
  const response = await run(
    `res.json({ h: req.headers, r: req.rawHeaders, c: req.cookies, m: req.method, v: req.httpVersion,
      s: [req.socket.remoteAddress, req.socket.remotePort, req.connection === req.socket, req.socket.encrypted] })`,
    {
      secure: true,
      remoteAddress: '::1',
      headers: [
        ['Host', 'example.com:8443'],
        ['Cookie', 'a=1; b="q"; c=%20; d'],
        ['cookie', 'e=2'],
        ['X-A', '1'],
        ['x-a', ' 2 '],
        ['User-Agent', 'one'],
        ['user-agent', 'two'],
        ['X-Forwarded-For', '10.0.0.1'],
      ],
    },
  )
  const seen = JSON.parse(response.text)
  assert.deepEqual(seen.h, {
    host: 'example.com:8443',
    cookie: 'a=1; b="q"; c=%20; d; e=2',
    'x-a': '1, 2',
    'user-agent': 'one',
    'x-forwarded-for': '10.0.0.1',
    'x-forwarded-host': 'example.com:8443',
    'x-forwarded-port': '8443',
    'x-forwarded-proto': 'https',
  })
  assert.deepEqual(seen.c, { a: '1', b: 'q', c: ' ', e: '2' })
  assert.deepEqual(seen.r.slice(2, 6), ['Cookie', 'a=1; b="q"; c=%20; d', 'cookie', 'e=2'])
  assert.deepEqual([seen.m, seen.v, seen.s], ['GET', '1.1', ['::1', 50123, true, true]])
})

test('bodies by their type', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => res.end(JSON.stringify(req.body) + ' ' + req.readableEnded)`,
    },
  ])
  const body = async (text: string | Uint8Array, type?: string): Promise<string> => {
    const headers = type === undefined ? [] : [['Content-Type', type] as const]
    const response = await server.request({ body: text, headers })
    return response.status === 200
      ? response.text.replace(/ true$/, '')
      : `${response.status} ${response.reason}: ${response.text}`
  }
  assert.equal(await body('{"a":1}', 'application/json'), '{"a":1}')
  assert.equal(await body('{"a":1}', 'application/ld+json; charset=utf-8'), '{"a":1}')
  assert.equal(await body('', 'application/json'), '{}')
  assert.equal(await body('\ufeff{"a":1}', 'application/json'), '{"a":1}')
  assert.equal(await body('{bad', 'application/json'), '400 Invalid JSON: Invalid JSON')
  assert.equal(
    await body('a=1&b=%20&a=3', 'application/x-www-form-urlencoded'),
    '{"a":["1","3"],"b":" "}',
  )
  assert.equal(await body('{"a":1}', 'text/plain'), '"{\\"a\\":1}"')
  assert.equal(await body('{"a":1}', 'application/json;'), '"{\\"a\\":1}"')
  assert.equal(await body('hi'), '"hi"')
  assert.equal(await body(Buffer.from([0xe4]), 'text/plain; charset=latin1'), '"\u00e4"')
  assert.equal(await body('x', 'text/plain; charset=nope'), '400 Invalid body: Invalid body')
})

test('without a body: an empty string, or an empty object for JSON', async () => {
  assert.equal((await run(`res.json([req.body])`)).text, '[""]')
  const headers = [['Content-Type', 'application/json']] as const
  assert.equal((await run(`res.json([req.body])`, { headers })).text, '[{}]')
})

test('a body is complete or rejected', async () => {
  using project = new TestProject()
  const count = `export default (req, res) => res.send(String(req.body.length))`
  await using server = await TestServer.start(project, [
    { source: count },
    { source: `export const config = { api: { bodyParser: { sizeLimit: '1kb' } } }\n${count}` },
    { source: `export const config = { api: { bodyParser: { sizeLimit: '3mb' } } }\n${count}` },
  ])
  assert.equal((await server.request({ body: 'x'.repeat(1024 * 1024) })).text, String(1024 * 1024))
  const tooLong = await server.request({ body: 'x'.repeat(1024 * 1024 + 1) })
  assert.deepEqual(
    [tooLong.status, tooLong.reason, tooLong.text],
    [413, 'Body exceeded 1mb limit', 'Body exceeded 1mb limit'],
  )
  assert.equal((await server.request({ route: 1, body: 'x'.repeat(1024) })).text, '1024')
  assert.equal(
    (await server.request({ route: 1, body: 'x'.repeat(1025) })).text,
    'Body exceeded 1kb limit',
  )
  assert.equal((await server.request({ route: 2, body: 'x'.repeat(3e6) })).text, '3000000')
})

test('bodyParser: false passes the exact bytes to the handler', async () => {
  const before = `import { createHash } from 'crypto'; import { pipeline } from 'stream/promises'
    export const config = { api: { bodyParser: false } }`
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i * 7))
  const hashed = await run(
    `const hash = createHash('sha256'); await pipeline(req, hash); res.json([typeof req.body, hash.digest('hex'), req.complete])`,
    { body: bytes },
    { before },
  )
  const { createHash } = await import('node:crypto')
  assert.deepEqual(JSON.parse(hashed.text), [
    'undefined',
    createHash('sha256').update(bytes).digest('hex'),
    true,
  ])
  const events = await run(
    `let size = 0; req.on('data', (chunk) => (size += chunk.length)); req.on('end', () => res.end(String(size)))`,
    { body: bytes },
    { before },
  )
  assert.equal(events.text, '300000')
  const echo = await run(`await pipeline(req, res)`, { body: bytes }, { before })
  assert.deepEqual(echo.body, bytes)
  const empty = await run(
    `let n = 0; for await (const chunk of req) ++n; res.end(String(n))`,
    {},
    { before },
  )
  assert.equal(empty.text, '0')
})

test('a handler that stops reading the body can still respond', async () => {
  const response = await run(
    `let size = 0
    try {
      for await (const chunk of req) if ((size += chunk.length) > 1000) throw new Error('too large')
    } catch (error) {
      res.status(413).end(error.message)
    }`,
    { body: Buffer.alloc(300_000) },
    { before: `export const config = { api: { bodyParser: false } }` },
  )
  assert.deepEqual([response.status, response.text], [413, 'too large'])
})

test('req is a Readable, res a Stream', async () => {
  const response = await run(
    `res.json([req instanceof Readable, req instanceof EventEmitter, res instanceof Stream, typeof req.pipe, req.readable,
      res.writable, res.headersSent, res.writableEnded, res.finished])`,
    {},
    { before: `import { Readable, Stream } from 'stream'; import { EventEmitter } from 'events'` },
  )
  assert.equal(response.text, '[true,true,true,"function",false,true,false,false,false]')
})

test('finish and close are emitted after the end, once, also for late listeners', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => {
        const note = (what) => console.log(req.query.n + ' ' + what + ' ' + res.writableFinished)
        if (req.query.n === 'early') { res.on('finish', () => note('finish')); res.on('close', () => note('close')) }
        res.end('x', () => note('callback'))
        if (req.query.n === 'late') { res.once('finish', () => note('finish')); res.once('close', () => note('close')) }
        console.log(req.query.n + ' ' + res.writableEnded + res.headersSent + res.finished)
      }`,
    },
  ])
  for (const n of ['early', 'late']) {
    await server.request({ url: `/?n=${n}` })
    await server.logged(`${n} close`)
    const lines = server.logs.map((line) => line.text).filter((text) => text.startsWith(n))
    assert.equal(lines[0], `${n} truetruetrue`)
    assert.deepEqual(lines.slice(1).toSorted(), [
      `${n} callback true`,
      `${n} close true`,
      `${n} finish true`,
    ])
    assert.equal(lines.at(-1), `${n} close true`)
  }
})

test('what is written is sent as it is written', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `let go; export default (req, res) => {
        if (req.query.go) { go(); res.end(); return }
        res.writeHead(200, { 'Content-Type': 'text/event-stream' }); res.flushHeaders()
        go = () => { res.write('data: 1\\n\\n'); go = () => res.end('616263', 'hex') } }`,
    },
  ])
  const events = server.open({})
  await events.until(() => events.headReceived)
  assert.equal(events.received, 0)
  await server.request({ url: '/?go=1' })
  await events.until(() => events.received > 0)
  assert.equal(events.soFar().text, 'data: 1\n\n')
  await server.request({ url: '/?go=1' })
  assert.equal((await events.response()).text, 'data: 1\n\nabc')
})

test('an error becomes 500 without details, and is logged', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default async (req, res) => { res.setHeader('X-A', '1'); throw new Error('boom') }`,
    },
    { source: `export default (req, res) => { res.write('a'); throw new Error('late') }` },
    { source: `export default (req, res) => { res.json({ a: 1 }); throw new Error('after') }` },
    { source: `export default 5` },
    { source: `throw new Error('at load')` },
  ])
  const response = await server.request()
  assert.deepEqual(
    [response.status, response.reason, response.fields, response.text],
    [500, 'Internal Server Error', 'X-A: 1\r\n', 'Internal Server Error'],
  )
  assert.equal((await server.logged('boom')).level, LogLevel.error)
  assert.equal((await server.request({ route: 1 })).text, 'aInternal Server Error')
  assert.equal((await server.request({ route: 2 })).text, '{"a":1}')
  await server.logged('after')
  assert.equal((await server.request({ route: 3 })).text, 'Internal Server Error')
  await server.logged('pages/api/3.ts: expected a function as default export')
  assert.equal((await server.request({ route: 4 })).status, 500)
  assert.equal((await server.request({ route: 4 })).status, 500)
})

test('in development the response has the stack, mapped to source', async () => {
  using project = new TestProject()
  // A hand-made map: line 2 of the module is line 40 of lib/deep.ts.
  const map = { version: 3, sources: ['../../../lib/deep.ts'], names: [], mappings: ';AAuCA' }
  const source = `export default async () => {\n${' '.repeat(0)}throw new Error('boom') }\n//# sourceMappingURL=data:application/json;base64,${btoa(JSON.stringify(map))}`
  await using server = await TestServer.start(project, [{ source }], 'development')
  const response = await server.request()
  assert.equal(response.status, 500)
  assert.equal(response.header('content-type'), 'text/plain; charset=utf-8')
  assert.match(response.text, /^Internal Server Error\n\nError: boom\n/)
  assert.match(response.text, /lib\/deep\.ts:40/)
})

test("in development a handler's mistakes are logged", async () => {
  using project = new TestProject()
  await using server = await TestServer.start(
    project,
    [
      { source: `export default () => {}` },
      { source: `export default (req, res) => { res.end(); return 5 }` },
      {
        source: `export const config = { api: { externalResolver: true } }; export default () => {}`,
      },
      {
        source: `import { Readable } from 'stream'; export default async (req, res) => { Readable.from(['x']).pipe(res) }`,
      },
      { source: `export default () => new Response('x')` },
    ],
    'development',
  )
  const open = server.open({ url: '/api/0?x=1' })
  await server.logged(
    'API resolved without sending a response for /api/0?x=1, this may result in stalled requests.',
  )
  await server.request({ route: 1 })
  await server.logged('API handler should not return a value, received number.')
  server.logs.length = 0
  server.open({ route: 2 })
  await server.request({ route: 3 })
  assert.equal(server.logs.length, 0)
  assert.match(
    (await server.request({ route: 4 })).text,
    /API route returned a Response object in the Node\.js runtime/,
  )
  open.abort()
})

test('a response longer than the response limit is sent, with a warning', async () => {
  using project = new TestProject()
  const handler = `export default (req, res) => res.send('x'.repeat(Number(req.query.n)))`
  await using server = await TestServer.start(project, [
    { source: handler },
    { source: `export const config = { api: { responseLimit: '8kb' } }\n${handler}` },
    { source: `export const config = { api: { responseLimit: false } }\n${handler}` },
  ])
  assert.equal((await server.request({ url: '/?n=4194304' })).body.length, 4194304)
  await server.logged('API response for /?n=4194304 exceeds 4MB.')
  assert.equal((await server.request({ route: 1, url: '/?n=8192' })).body.length, 8192)
  await server.logged('API response for /?n=8192 exceeds 8KB.')
  server.logs.length = 0
  await server.request({ route: 2, url: '/?n=5000000' })
  await server.request({ route: 1, url: '/?n=8191' })
  assert.equal(server.logs.length, 0)
})

test('CommonJS handlers', async () => {
  const module = { extension: '.cjs' } as const
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    { ...module, source: `module.exports = (req, res) => res.end('plain')` },
    {
      ...module,
      source: `exports.default = (req, res) => res.end('default'); exports.__esModule = true`,
    },
    {
      ...module,
      source: `module.exports = (req, res) => res.end(typeof req.body); module.exports.config = { api: { bodyParser: false } }`,
    },
  ])
  assert.equal((await server.request({ route: 0 })).text, 'plain')
  assert.equal((await server.request({ route: 1 })).text, 'default')
  assert.equal((await server.request({ route: 2, body: 'x' })).text, 'undefined')
})

test('draft mode: set, read, cleared, not forged', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `export default (req, res) => {
        if (req.query.do === 'draft') res.setDraftMode()
        if (req.query.do === 'preview') res.setPreviewData({ draft: 7 }, { maxAge: 60 })
        if (req.query.do === 'clear') { res.clearPreviewData(); res.clearPreviewData() }
        res.json({ preview: req.preview, draft: req.draftMode, data: req.previewData })
      }`,
    },
  ])
  const ask = (action: string, cookie = ''): Promise<TestResponse> =>
    server.request({ url: `/?do=${action}`, headers: cookie === '' ? [] : [['Cookie', cookie]] })
  const cookieOf = (response: TestResponse): string =>
    response
      .header('set-cookie')!
      .split('|')
      .map((line) => line.split(';')[0])
      .join('; ')
  assert.equal((await ask('')).text, '{"data":false}')
  const draft = await ask('draft')
  assert.match(
    draft.header('set-cookie')!,
    /^__prerender_bypass=[0-9a-f]{32}; Path=\/; HttpOnly; Secure; SameSite=None$/,
  )
  assert.equal((await ask('', cookieOf(draft))).text, '{"preview":true,"draft":true,"data":{}}')
  const preview = cookieOf(await ask('preview'))
  assert.equal((await ask('', preview)).text, '{"preview":true,"draft":true,"data":{"draft":7}}')
  for (const guess of ['guessed', '%C3%A9'.repeat(16), '0'.repeat(31), '']) {
    assert.equal((await ask('', `__prerender_bypass=${guess}`)).text, '{"data":false}', guess)
  }
  const forged = await ask('', `__prerender_bypass=${'0'.repeat(32)}; __next_preview_data=x`)
  assert.equal(forged.text, '{"data":false}')
  assert.match(forged.header('set-cookie')!, /__prerender_bypass=; .*Expires=Thu, 01 Jan 1970/)
  assert.equal((await ask('clear')).header('set-cookie')!.split('|').length, 2)
})

test('frameworks made for node:http run inside a handler', async () => {
  using project = new TestProject()
  const modules = new URL('../../../node_modules', import.meta.url).pathname
  const { symlinkSync } = await import('node:fs')
  symlinkSync(modules, `${project.root}/node_modules`)
  await using server = await TestServer.start(project, [
    {
      source: `import fastify from 'fastify'
      const app = fastify(); await app.register(async () => {})
      app.get('/api/0', async (request, reply) => { reply.header('x-f', '1'); return { q: request.query, ip: request.ip } })
      app.post('/api/0', async (request) => ({ got: request.body }))
      await app.ready()
      export const config = { api: { bodyParser: false } }
      export default (req, res) => { app.server.emit('request', req, res) }`,
    },
    {
      source: `import { IncomingMessage, ServerResponse } from 'http'
      const request = Object.create(IncomingMessage.prototype), response = Object.create(ServerResponse.prototype)
      Object.defineProperty(request, 'query', { get: () => 'wrong' }); response.json = () => { throw new Error('wrong') }
      export default (req, res) => {
        const before = [req instanceof IncomingMessage, res instanceof ServerResponse]
        Object.setPrototypeOf(req, request); Object.setPrototypeOf(res, response)
        res.setHeader('X-A', 'b'); res.status(201).json([before, req.url, req.query, req.headers.host, req.body])
      }`,
    },
  ])
  const got = await server.request({ url: '/api/0?a=1' })
  assert.deepEqual(
    [got.status, got.header('x-f'), got.text],
    [200, '1', '{"q":{"a":"1"},"ip":"127.0.0.1"}'],
  )
  const headers = [
    ['Host', 'a'],
    ['Content-Type', 'application/json'],
    ['Content-Length', '7'],
  ] as const
  assert.equal(
    (await server.request({ url: '/api/0', body: '{"a":1}', headers })).text,
    '{"got":{"a":1}}',
  )
  const swapped = await server.request({ route: 1, url: '/api/1?b=2' })
  assert.deepEqual([swapped.status, swapped.header('x-a')], [201, 'b'])
  assert.equal(swapped.text, '[[true,true],"/api/1?b=2",{"b":"2"},"localhost:3000",""]')
})
