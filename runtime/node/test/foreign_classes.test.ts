/**
 * Packages that define classes with the platform's names, in all ways known: whichever of them is
 * loaded, and when, the bodies of all other routes of the worker are unaffected.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TestProject, TestServer, type TestRoute } from './support.ts'

const installed = (specifier: string): string =>
  `import * as it from ${JSON.stringify(import.meta.resolve(specifier))}`
/** Defines classes as compilers do: members by Object.defineProperties, on prototype and class. */
const defined = (name: string, members = 'text: { get() { return () => "foreign" } }'): string =>
  `const it = class ${name} {}
   Object.defineProperties(it.prototype, { ${members}, [Symbol.toStringTag]: { value: '${name}', configurable: true } })
   Object.defineProperties(it, { of: { enumerable: true, value: 1 } })`
const global = (name: string, source: string): string =>
  `globalThis.${name} = ${source}; const it = globalThis.${name}`

/** In each worker, a different package of six is loaded first. */
const packages: readonly string[] = [
  // node-fetch 2 and packages based on it: all three classes, by defineProperties.
  `${['Headers', 'Response', 'Request', 'FormData'].map((name) => `{ ${defined(name)} }`).join('\n')}; const it = 1`,
  defined('Headers', 'get: { enumerable: true }, forEach: { enumerable: true }'),
  defined('Request', 'method: { enumerable: true }, url: { enumerable: true }'),
  defined('Response', 'ok: { enumerable: true }, status: { enumerable: true }'),
  defined('FormData', 'append: { enumerable: true }'),
  installed('@whatwg-node/node-fetch'),
  // The class itself through its instances: Object.defineProperties(this, …) in a constructor.
  `${['Headers', 'Response', 'Request', 'FormData', 'Blob', 'URL'].map((name) => `new (class ${name} { constructor() { Object.defineProperties(this, { x: { value: 1 } }) } })()`).join('\n')}; const it = 1`,
  installed('undici'),
  installed('@whatwg-node/fetch'),
  installed('urlpattern-polyfill'),
  installed('hono'),
  installed('next/dist/compiled/@edge-runtime/primitives/index.js'),
  // As jsdom puts its window's classes into the globals.
  global(
    'AbortController',
    'class AbortController { signal = { aborted: false, addEventListener() {} }; abort() {} }',
  ) + '\nglobalThis.AbortSignal = class AbortSignal {}',
  global('FormData', 'class FormData { append() {} *[Symbol.iterator]() {} }'),
  global('Blob', 'class Blob extends globalThis.Blob {}') +
    '\nglobalThis.File = class File extends globalThis.File {}',
  global('URL', 'class URL extends globalThis.URL {}'),
  global('URLSearchParams', 'class URLSearchParams { toString() { return "foreign" } }'),
  global('DOMException', 'class DOMException extends Error {}'),
  // Classes of another realm, as test runners use them.
  `import vm from 'node:vm'; const it = vm.runInNewContext('class Response {}; Object.defineProperties(Response.prototype, { status: {} }); Response')`,
  global('TextDecoder', 'class TextDecoder { decode() { return "foreign" } }'),
  global('TextEncoder', 'class TextEncoder extends globalThis.TextEncoder {}'),
  // Wrapped by a tracer, as fetch and the functions of Object are.
  `const before = Object.defineProperties; Object.defineProperties = function (...all) { return before.apply(this, all) }; const it = 1`,
  `const before = fetch; globalThis.fetch = (...all) => before(...all); const it = 1`,
  // Objects that return a value for every property, or throw.
  `Object.defineProperties(new Proxy({}, { get: (_, name) => (name === 'constructor' ? class Response {} : undefined) }), { x: { value: 1 } }); const it = 1`,
  `let ran = false
   Object.defineProperties({ get constructor() { ran = true; throw new Error('looked at') } }, { x: { value: 1 } })
   if (ran) throw new Error('the getter was called')
   const it = 1`,
  `Object.defineProperties({ constructor: { name: 'Headers' } }, { x: { value: 1 } }); const it = 1`,
  `const it = class Request extends Object {}; Object.defineProperties(it.prototype, {})`,
  `import vm from 'node:vm'; const it = vm.runInNewContext('class Headers {}; Object.defineProperties(Headers.prototype, { get: {} }); Headers')`,
  `const { Response } = globalThis; const it = class extends Response {}; Object.defineProperties(it.prototype, { extra: { value: 1 } })`,
  `const it = new FormData()`,
  `const it = new MessageEvent('message')`,
  installed('undici') +
    '\nglobalThis.Headers = it.Headers; globalThis.Request = it.Request; globalThis.Response = it.Response; globalThis.FormData = it.FormData; globalThis.fetch = it.fetch',
]

/**
 * Route 0 reports which of its checks fail; it takes the platform's classes from Node.js modules.
 */
const checks = `
import { NextResponse } from 'next/server'
import { ReadableStream } from 'node:stream/web'
import { Blob } from 'node:buffer'
const stream = (text) => new ReadableStream({ start(c) { c.enqueue(Buffer.from(text)); c.close() } })
const form = await new NextResponse('a=1', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }).formData()
const bodies = { text: () => 'abc', bytes: () => Buffer.from('abc'), blob: () => new Blob(['abc']), stream: () => stream('abc') }
const readers = {
  text: (body) => body.text(),
  json: async (body) => (await body.text()),
  bytes: async (body) => String(Buffer.from(await body.bytes())),
  arrayBuffer: async (body) => String(Buffer.from(await body.arrayBuffer())),
  blob: async (body) => (await body.blob()).text(),
  body: async (body) => { let text = ''; for await (const chunk of body.body) text += Buffer.from(chunk); return text },
  clone: async (body) => { const copy = body.clone(); return (await body.text()) === 'abc' ? copy.text() : 'another' },
}
async function check() {
  const wrong = []
  const is = (name, found, wanted) => { if (found !== wanted) wrong.push(name + ': ' + found) }
  for (const [from, make] of Object.entries(bodies)) {
    for (const [to, read] of Object.entries(readers)) is('response of ' + from + ' by ' + to, await read(new NextResponse(make())), 'abc')
  }
  const copy = await new NextResponse(form).formData()
  is('form', copy.get('a'), '1')
  const parts = new NextResponse(form)
  is('type of a form', parts.headers.get('content-type').startsWith('multipart/form-data'), true)
  return wrong
}
export async function POST(request) {
  const wrong = await check()
  const how = request.headers.get('x-read')
  const is = (name, found, wanted) => { if (found !== wanted) wrong.push('request.' + name + ': ' + found) }
  if (how === 'formData') {
    const file = (await request.formData()).get('file')
    is('formData', [file.name, file.size, await file.text()].join(), 'f.txt,3,abc')
  } else is(how, await readers[how](request), 'abc')
  is('signal', request.signal.aborted, false)
  return NextResponse.json({ wrong })
}
export const GET = (request) => new NextResponse(request.nextUrl.searchParams.get('kind') === 'form' ? form : stream('streamed'))
`

const form =
  '------------------------------b\r\ncontent-disposition: form-data; name="file"; filename="f.txt"\r\ncontent-type: text/plain\r\n\r\nabc\r\n------------------------------b--\r\n'
const ways = ['formData', 'text', 'json', 'bytes', 'arrayBuffer', 'blob', 'body', 'clone']

async function assertBodies(server: TestServer, after: string): Promise<void> {
  const type = (way: string): string =>
    way === 'formData'
      ? 'multipart/form-data; boundary=----------------------------b'
      : 'text/plain'
  const responses = await Promise.all([
    ...ways.map((way) =>
      server.request({
        route: 0,
        body: way === 'formData' ? form : 'abc',
        headers: [
          ['host', 'h'],
          ['content-type', type(way)],
          ['x-read', way],
        ],
      }),
    ),
    server.request({ route: 0, url: '/?kind=stream' }),
    server.request({ route: 0, url: '/?kind=form' }),
  ])
  for (const [at, way] of ways.entries())
    assert.equal(
      responses[at]!.text,
      '{"wrong":[]}',
      `request.${way}() ${after}\n${server.logs.map(({ text }) => text).join('\n')}`,
    )
  assert.equal(responses.at(-2)!.text, 'streamed', after)
  assert.match(responses.at(-1)!.text, /name="a"\r\n\r\n1\r\n/, after)
}

const routes: readonly TestRoute[] = [
  { kind: 'app', source: checks },
  ...packages.map((source) => ({
    kind: 'app' as const,
    source: `${source}\nexport const GET = () => new Response('loaded ' + typeof it)`,
  })),
]

for (const turn of [0, 1, 2, 4]) {
  test(`bodies of a route are unaffected by packages that another loads: order ${turn}`, async () => {
    using project = new TestProject()
    await using server = await TestServer.start(project, routes)
    const order = packages.map(
      (_, at) =>
        1 + ((at * (turn % 2 === 0 ? 1 : packages.length - 1) + turn * 6) % packages.length),
    )
    for (const [at, route] of order.entries()) {
      const response = await server.request({ route })
      assert.equal(
        response.status,
        200,
        `${packages[route - 1]}\n${response.text}\n${server.logs.map(({ text }) => text).join('\n')}`,
      )
      assert.match(response.text, /^loaded/)
      if (at === 0 || at % 10 === turn)
        await assertBodies(server, `after ${at + 1} packages, the last:\n${packages[route - 1]}`)
    }
    await assertBodies(server, 'after all packages')
  })
}
