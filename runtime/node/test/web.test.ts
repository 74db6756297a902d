import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'

// Before the light classes replace them.
const platform = { Headers, Request, Response }
const { Headers: LightHeaders } = await import('../src/web/headers.ts')
const { Request: LightRequest } = await import('../src/web/request.ts')
const { Response: LightResponse } = await import('../src/web/response.ts')
await import('../src/web/install.ts')
const light = {
  Headers: LightHeaders,
  Request: LightRequest,
  Response: LightResponse,
} as unknown as typeof platform

type Classes = typeof platform

/**
 * Returns the result of an operation, for comparison: its value, or the class of its error, and the
 * message for invalid fields.
 */
async function outcome(
  operation: (classes: Classes) => unknown,
  classes: Classes,
): Promise<unknown> {
  try {
    return { value: await operation(classes) }
  } catch (error) {
    const { message } = error as Error
    return {
      error: (error as Error).constructor.name,
      words: /invalid header .*/.exec(message)?.[0] && message,
    }
  }
}

/** Runs each operation with Node.js's own classes and with the light ones. */
function compare(group: string, operations: Record<string, (classes: Classes) => unknown>): void {
  for (const [name, operation] of Object.entries(operations)) {
    test(`${group}: ${name}`, async () => {
      assert.deepEqual(await outcome(operation, light), await outcome(operation, platform))
    })
  }
}

const streamOf = (...parts: string[]): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part))
      controller.close()
    },
  })

compare('Headers', {
  empty: ({ Headers }) => [...new Headers()],
  'record, sorted and in lower case': ({ Headers }) => [
    ...new Headers({ 'X-B': '1', 'x-a': '2', Accept: '*/*' }),
  ],
  'pairs, joined': ({ Headers }) => [
    ...new Headers([
      ['A', '1'],
      ['b', '2'],
      ['a', '3'],
    ]),
  ],
  'from a Map': ({ Headers }) => [...new Headers(new Map([['q', '1']]) as never)],
  'from Headers': ({ Headers }) => [
    ...new Headers(
      new Headers([
        ['set-cookie', 'a'],
        ['set-cookie', 'b'],
        ['x', 'y'],
      ]),
    ),
  ],
  'from null': ({ Headers }) => [...new Headers(null as never)],
  'from a number': ({ Headers }) => [...new Headers(12 as never)],
  'from a text': ({ Headers }) => [...new Headers('ab' as never)],
  'a pair of three': ({ Headers }) => new Headers([['a', 'b', 'c']] as never),
  'a bad name': ({ Headers }) => new Headers({ 'a b': '1' }),
  'an empty name': ({ Headers }) => new Headers({ '': '1' }),
  'a name beyond Latin-1': ({ Headers }) => new Headers({ ł: '1' }),
  'a value with a line end': ({ Headers }) => new Headers({ a: 'x\r\ny' }),
  'a value with NUL': ({ Headers }) => new Headers({ a: 'x\0' }),
  'a value beyond Latin-1': ({ Headers }) => new Headers({ a: '€' }),
  'a Latin-1 value': ({ Headers }) => new Headers({ a: 'é' }).get('a'),
  'values without blanks around': ({ Headers }) =>
    new Headers({ a: ' \t x y\n ', b: '   ' }).get('a'),
  'a blank value': ({ Headers }) => new Headers({ b: '   ' }).get('b'),
  'values that are no texts': ({ Headers }) => [
    ...new Headers({ a: 1, b: true, c: null, d: undefined } as never),
  ],
  'a symbol as value': ({ Headers }) => new Headers({ a: Symbol('x') } as never),
  'a symbol as key': ({ Headers }) => [...new Headers({ [Symbol('x')]: '1' } as never)],
  append: ({ Headers }) => {
    const headers = new Headers({ a: '1' })
    headers.append('A', '2')
    headers.append('Set-Cookie', 'x=1')
    headers.append('set-cookie', 'y=2')
    headers.append('cookie', 'a')
    headers.append('cookie', 'b')
    return [[...headers], headers.get('set-cookie'), headers.getSetCookie(), headers.get('cookie')]
  },
  'set and delete': ({ Headers }) => {
    const headers = new Headers({ a: '1', b: '2' })
    headers.set('B', '3')
    headers.set('set-cookie', 'x')
    headers.delete('A')
    headers.delete('nothing')
    return [[...headers], headers.has('a'), headers.has('SET-COOKIE'), headers.get('a')]
  },
  'delete set-cookie': ({ Headers }) => {
    const headers = new Headers([
      ['set-cookie', 'a'],
      ['set-cookie', 'b'],
    ])
    headers.delete('Set-Cookie')
    return [headers.has('set-cookie'), headers.getSetCookie(), headers.get('set-cookie')]
  },
  'get of a bad name': ({ Headers }) => new Headers().get('a b'),
  'has of a bad name': ({ Headers }) => new Headers().has(''),
  'delete of a bad name': ({ Headers }) => new Headers().delete('('),
  'too few arguments': ({ Headers }) =>
    (new Headers() as never as { set(name: string): void }).set('a'),
  'get without arguments': ({ Headers }) => (new Headers() as never as { get(): void }).get(),
  forEach: ({ Headers }) => {
    const seen: unknown[] = []
    const headers = new Headers({ b: '1', a: '2' })
    const self = {}
    headers.forEach(function (this: unknown, value, name, parent) {
      seen.push(value, name, parent === headers, this === self)
    }, self)
    return seen
  },
  'forEach without a function': ({ Headers }) => new Headers().forEach(1 as never),
  'keys, values, entries': ({ Headers }) => {
    const headers = new Headers({ b: '1', a: '2' })
    return [[...headers.keys()], [...headers.values()], [...headers.entries()]]
  },
  'changes while iterating': ({ Headers }) => {
    const headers = new Headers({ a: '1', c: '3' })
    const seen: string[] = []
    for (const [name] of headers) {
      seen.push(name)
      if (name === 'a') headers.set('b', '2')
    }
    return seen
  },
  'text and tag': ({ Headers }) => [
    String(new Headers()),
    Object.prototype.toString.call(new Headers()),
    Headers.name,
  ],
  'without new': ({ Headers }) => (Headers as never as () => void)(),
})

compare('Response', {
  'of nothing': async ({ Response }) => {
    const response = new Response()
    return [
      response.status,
      response.ok,
      response.statusText,
      response.type,
      response.url,
      response.redirected,
      response.body,
      response.bodyUsed,
      [...response.headers],
      await response.text(),
      response.bodyUsed,
    ]
  },
  'of a text': async ({ Response }) => {
    const response = new Response('é')
    return [[...response.headers], await response.text(), response.bodyUsed]
  },
  'of an empty text': async ({ Response }) => [
    [...new Response('').headers],
    new Response('').body === null,
    await new Response('').text(),
  ],
  'of bytes': async ({ Response }) => [
    [...new Response(new Uint8Array([65, 66])).headers],
    await new Response(new Uint8Array([65, 66])).text(),
  ],
  'bytes are copied': async ({ Response }) => {
    const bytes = new Uint8Array([65])
    const response = new Response(bytes)
    bytes[0] = 66
    return response.text()
  },
  'of a DataView': async ({ Response }) =>
    new Response(new DataView(new Uint8Array([64, 65, 66]).buffer, 1)).text(),
  'of an ArrayBuffer': async ({ Response }) => new Response(new Uint8Array([65]).buffer).text(),
  'of URLSearchParams': async ({ Response }) => {
    const response = new Response(new URLSearchParams({ a: '1 2' }))
    return [[...response.headers], await response.text()]
  },
  'of a Blob': async ({ Response }) => {
    const response = new Response(new Blob(['x'], { type: 'text/css' }))
    return [[...response.headers], await response.text()]
  },
  'of FormData': async ({ Response }) => {
    const form = new FormData()
    form.set('a', 'b')
    form.set('f', new File(['x'], 'x.txt', { type: 'text/plain' }))
    const response = new Response(form)
    const read = await response.formData()
    return [
      response.headers.get('content-type')?.slice(0, 20),
      read.get('a'),
      (read.get('f') as File).name,
      await (read.get('f') as File).text(),
    ]
  },
  'of a stream': async ({ Response }) => {
    const stream = streamOf('a', 'b')
    const response = new Response(stream)
    return [
      [...response.headers],
      response.body === stream,
      response.bodyUsed,
      await response.text(),
      response.bodyUsed,
    ]
  },
  'of a locked stream': ({ Response }) => {
    const stream = streamOf('a')
    stream.getReader()
    return new Response(stream).status
  },
  'of a used stream': async ({ Response }) => {
    const stream = streamOf('a')
    await new Response(stream).text()
    return new Response(stream).status
  },
  'of an async iterable': async ({ Response }) => {
    async function* parts(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('a')
      yield new TextEncoder().encode('b')
    }
    return new Response(parts() as never).text()
  },
  'of a number': async ({ Response }) => new Response(12 as never).text(),
  'of an object': async ({ Response }) => new Response({ a: 1 } as never).text(),
  'of undefined': async ({ Response }) => [...new Response(undefined).headers],
  'status and text': ({ Response }) => {
    const response = new Response('x', { status: 299, statusText: 'Odd' })
    return [response.status, response.statusText, response.ok]
  },
  'status as text': ({ Response }) => new Response('x', { status: '404' as never }).status,
  'status too low': ({ Response }) => new Response('x', { status: 199 }),
  'status too high': ({ Response }) => new Response('x', { status: 600 }),
  'status that is no number': ({ Response }) => new Response('x', { status: 'x' as never }),
  'body with 204': ({ Response }) => new Response('x', { status: 204 }),
  'empty body with 304': ({ Response }) => new Response('', { status: 304 }),
  'no body with 204': ({ Response }) => new Response(null, { status: 204 }).status,
  'bad status text': ({ Response }) => new Response('x', { statusText: 'a\nb' }),
  'options of null': ({ Response }) => new Response('x', null as never).status,
  'options of a number': ({ Response }) => new Response('x', 1 as never).status,
  'options from a response': ({ Response }) => {
    const first = new Response('x', { status: 201, statusText: 'Y', headers: { a: 'b' } })
    const second = new Response('z', first)
    return [second.status, second.statusText, [...second.headers]]
  },
  'own content type': ({ Response }) => [
    ...new Response('x', { headers: { 'Content-Type': 'text/html' } }).headers,
  ],
  'headers stay the same object': ({ Response }) => {
    const response = new Response('x')
    response.headers.set('a', 'b')
    const again = response.headers
    return [again === response.headers, response.headers.get('a')]
  },
  json: async ({ Response }) => {
    const response = Response.json({ a: 'é' }, { status: 201, headers: { x: 'y' } })
    return [response.status, [...response.headers], await response.json()]
  },
  'json with its own type': ({ Response }) => [
    ...Response.json(1, { headers: { 'content-type': 'application/problem+json' } }).headers,
  ],
  'json of undefined': ({ Response }) => Response.json(undefined),
  'json of a circle': ({ Response }) => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    return Response.json(circle)
  },
  'json with 204': ({ Response }) => Response.json(1, { status: 204 }),
  redirect: ({ Response }) => {
    const response = Response.redirect('http://example.com/é?a b', 308)
    return [response.status, [...response.headers]]
  },
  'redirect is not to be changed': ({ Response }) =>
    Response.redirect('http://example.com').headers.set('a', 'b'),
  'redirect to a path': ({ Response }) => Response.redirect('/x'),
  'redirect with 200': ({ Response }) => Response.redirect('http://example.com', 200),
  error: ({ Response }) => [
    Response.error().type,
    Response.error().status,
    Response.error() instanceof Response,
  ],
  'text of broken UTF-16': ({ Response }) => new Response('a\ud800b').text(),
  'text with a byte order mark': ({ Response }) => new Response('\ufeffa').text(),
  'text of broken UTF-8': ({ Response }) => new Response(new Uint8Array([0x61, 0xff])).text(),
  'json of nonsense': ({ Response }) => new Response('{').json(),
  'json of nothing': ({ Response }) => new Response(null).json(),
  arrayBuffer: async ({ Response }) => [...new Uint8Array(await new Response('é').arrayBuffer())],
  'arrayBuffer of bytes': async ({ Response }) =>
    (await new Response(new Uint8Array([1, 2, 3]).subarray(1)).arrayBuffer()).byteLength,
  bytes: async ({ Response }) => [
    ...(await (new Response('é') as never as { bytes(): Promise<Uint8Array> }).bytes()),
  ],
  blob: async ({ Response }) => {
    const blob = await new Response('x', { headers: { 'content-type': 'text/css' } }).blob()
    return [blob.size, blob.type, await blob.text()]
  },
  'blob after the type was changed': async ({ Response }) => {
    const response = new Response('x')
    response.headers.set('content-type', 'text/css')
    return (await response.blob()).type
  },
  'formData of a form': async ({ Response }) => [
    ...(await new Response('a=1&b=2', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }).formData()),
  ],
  'formData of something else': ({ Response }) => new Response('a=1').formData(),
  'body as a stream': async ({ Response }) => {
    const response = new Response('ab')
    const body = response.body
    let text = ''
    for await (const chunk of body as never as AsyncIterable<Uint8Array>)
      text += new TextDecoder().decode(chunk)
    return [text, response.bodyUsed, response.body === body]
  },
  'text after body was touched': async ({ Response }) => {
    const response = new Response('ab')
    void response.body
    return response.text()
  },
  'body after text': async ({ Response }) => {
    const response = new Response('ab')
    await response.text()
    return [response.bodyUsed, response.body?.locked]
  },
  'text twice': async ({ Response }) => {
    const response = new Response('ab')
    await response.text()
    return response.text()
  },
  'text of nothing twice': async ({ Response }) => {
    const response = new Response(null)
    return [await response.text(), await response.text()]
  },
  'text while the body is locked': async ({ Response }) => {
    const response = new Response(streamOf('a'))
    response.body?.getReader()
    return response.text()
  },
  'clone of a text': async ({ Response }) => {
    const response = new Response('ab', { status: 201, headers: { a: 'b' } })
    const copy = response.clone()
    copy.headers.set('a', 'c')
    return [
      await response.text(),
      await copy.text(),
      copy.status,
      response.headers.get('a'),
      copy.headers.get('a'),
    ]
  },
  'clone of a stream': async ({ Response }) => {
    const response = new Response(streamOf('a', 'b'))
    const copy = response.clone()
    return [await copy.text(), await response.text()]
  },
  'clone after body was touched': async ({ Response }) => {
    const response = new Response('ab')
    void response.body
    const copy = response.clone()
    return [await copy.text(), await response.text()]
  },
  'clone of a used one': async ({ Response }) => {
    const response = new Response('ab')
    await response.text()
    return response.clone()
  },
  tag: ({ Response }) => [
    String(new Response()),
    Response.name,
    Response.json(1).constructor === Response,
  ],
  'derived class': async ({ Response }) => {
    class Own extends Response {
      extra = 1
    }
    const own = new Own('x', { status: 201 })
    return [
      own instanceof Own,
      own instanceof Response,
      new Response() instanceof Own,
      own.extra,
      own.status,
      await own.text(),
    ]
  },
  'without new': ({ Response }) => (Response as never as () => void)(),
})

compare('Request', {
  'of a URL': ({ Request }) => {
    const request = new Request('http://example.com/a?b#c')
    const {
      method,
      url,
      cache,
      credentials,
      destination,
      integrity,
      keepalive,
      mode,
      redirect,
      referrer,
      referrerPolicy,
      body,
      bodyUsed,
    } = request
    return [
      method,
      url,
      cache,
      credentials,
      destination,
      integrity,
      keepalive,
      mode,
      redirect,
      referrer,
      referrerPolicy,
      body,
      bodyUsed,
      request.signal.aborted,
      [...request.headers],
    ]
  },
  'of a relative URL': ({ Request }) => new Request('/a'),
  'with a body': async ({ Request }) => {
    const request = new Request('http://example.com', {
      method: 'post',
      body: 'é',
      headers: { a: 'b' },
    })
    return [request.method, [...request.headers], await request.text(), request.bodyUsed]
  },
  'GET with a body': ({ Request }) => new Request('http://example.com', { body: 'x' }),
  'a stream without duplex': ({ Request }) =>
    new Request('http://example.com', { method: 'POST', body: streamOf('x') }),
  'a stream with duplex': ({ Request }) =>
    new Request('http://example.com', {
      method: 'POST',
      body: streamOf('x'),
      duplex: 'half',
    } as never).text(),
  json: ({ Request }) =>
    new Request('http://example.com', { method: 'POST', body: '{"a":1}' }).json(),
  formData: async ({ Request }) => {
    const form = new FormData()
    form.append('a', '1')
    form.append('a', '2')
    return [...(await new Request('http://example.com', { method: 'POST', body: form }).formData())]
  },
  blob: async ({ Request }) =>
    (
      await new Request('http://example.com', {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'a/b' },
      }).blob()
    ).type,
  'of a request': async ({ Request }) => {
    const first = new Request('http://example.com/a', {
      method: 'POST',
      body: 'x',
      headers: { a: 'b' },
    })
    const second = new Request(first)
    return [second.method, second.url, [...second.headers], await second.text(), first.bodyUsed]
  },
  'of a request whose headers changed': ({ Request }) => {
    const first = new Request('http://example.com/a', { headers: { a: 'b', c: 'd' } })
    first.headers.set('a', 'e')
    first.headers.delete('c')
    return [...new Request(first).headers]
  },
  'of a request with changes': ({ Request }) => {
    const second = new Request(new Request('http://example.com/a', { headers: { a: 'b' } }), {
      method: 'PUT',
      headers: { c: 'd' },
    })
    return [second.method, [...second.headers]]
  },
  'of a URL and a request': async ({ Request }) => {
    const first = new Request('http://example.com/a', {
      method: 'POST',
      body: 'x',
      headers: { a: 'b' },
    })
    const second = new Request('http://example.org/', first)
    return [second.method, second.url, second.headers.get('a'), await second.text()]
  },
  clone: async ({ Request }) => {
    const request = new Request('http://example.com', {
      method: 'POST',
      body: 'x',
      headers: { a: 'b' },
    })
    const copy = request.clone()
    return [await request.text(), await copy.text(), copy.headers.get('a'), copy.method]
  },
  'clone of a used one': async ({ Request }) => {
    const request = new Request('http://example.com', { method: 'POST', body: 'x' })
    await request.text()
    return request.clone()
  },
  signal: ({ Request }) => {
    const controller = new AbortController()
    const request = new Request('http://example.com', { signal: controller.signal })
    controller.abort()
    return request.signal.aborted
  },
  tag: ({ Request }) => [String(new Request('http://a')), Request.name],
})

test("instanceof is right for the platform's objects and for light ones", async () => {
  const fetched = await fetch('data:text/plain,hello')
  assert.ok(fetched instanceof Response)
  assert.ok(fetched.headers instanceof Headers)
  assert.equal(await fetched.text(), 'hello')
  assert.ok(new platform.Request('http://a') instanceof Request)
  assert.ok(
    new Response() instanceof Response &&
      new Headers() instanceof Headers &&
      new Request('http://a') instanceof Request,
  )
  for (const value of [null, undefined, 1, {}, [], 'x'])
    assert.ok(!((value as unknown) instanceof Response))
  assert.ok(!(new Response() instanceof Request))
  class Own extends Response {}
  assert.ok(!(fetched instanceof Own))
})

test('the globals are the light classes', () => {
  assert.equal(globalThis.Response, light.Response)
  assert.equal(globalThis.Request, light.Request)
  assert.equal(globalThis.Headers, light.Headers)
})

test('fetch() takes light requests, headers and bodies', async () => {
  const server = createServer((req, res) => {
    let body = ''
    req
      .on('data', (chunk) => (body += chunk))
      .on('end', () => {
        res.setHeader('content-type', 'application/json')
        res.end(
          JSON.stringify({
            method: req.method,
            a: req.headers['a'],
            type: req.headers['content-type'],
            body,
          }),
        )
      })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  try {
    const request = new Request(url, { method: 'POST', body: 'x', headers: { a: '1' } })
    request.headers.set('a', '2')
    const first = await fetch(request)
    assert.deepEqual(await first.json(), {
      method: 'POST',
      a: '2',
      type: 'text/plain;charset=UTF-8',
      body: 'x',
    })
    assert.ok(request.bodyUsed)
    const second = await fetch(url, { headers: new Headers({ a: '3' }) })
    assert.deepEqual(await second.json(), { method: 'GET', a: '3', body: '' })
    const third = await fetch(
      url,
      new Request('http://example.com', { method: 'PUT', body: 'y', headers: { a: '4' } }),
    )
    assert.deepEqual(await third.json(), {
      method: 'PUT',
      a: '4',
      type: 'text/plain;charset=UTF-8',
      body: 'y',
    })
    const fourth = await fetch(url, {
      method: 'POST',
      body: new Response('z').body,
      duplex: 'half',
    } as never)
    assert.equal(((await fourth.json()) as { body: string }).body, 'z')
    await assert.rejects(fetch(request), TypeError)
  } finally {
    server.close()
  }
})

/** Runs a module in a new Node.js process, with the light classes installed. */
function inFreshNode(source: string): unknown {
  const install = new URL('../src/web/install.ts', import.meta.url).href
  const text = execFileSync(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', `import ${JSON.stringify(install)}\n${source}`],
    { encoding: 'utf8' },
  )
  return JSON.parse(text)
}

const undiciLoaded = `process.moduleLoadList.some((name) => name.endsWith('deps/undici/undici'))`

test("text and JSON do not load the platform's classes; operations that need them do", () => {
  const result = inFreshNode(`
    const text = await Response.json({ a: 1 }).text()
    new Response('x', { headers: { a: 'b' } }) instanceof Response
    ;({}) instanceof Headers
    const before = ${undiciLoaded}
    const blob = await new Response('x').blob()
    console.log(JSON.stringify([text, before, blob.size, ${undiciLoaded}, Object.defineProperties.name]))`)
  assert.deepEqual(result, ['{"a":1}', false, 1, true, 'defineProperties'])
})

test("the platform's classes are found if other code has made Node.js load them", () => {
  const result = inFreshNode(`
    const original = Object.defineProperties
    const form = new FormData()
    form.set('a', 'b')
    const response = new Response(form)
    const fetched = await fetch('data:,x')
    console.log(JSON.stringify([(await response.formData()).get('a'), fetched instanceof Response, Object.defineProperties === original]))`)
  assert.deepEqual(result, ['b', true, false])
})

test('inspection shows the content', async () => {
  const { inspect } = await import('node:util')
  assert.match(inspect(new Response('x', { status: 201 })), /^Response \{[\s\S]*status: 201/)
  assert.equal(inspect(new Headers({ a: 'b' })), "Headers { a: 'b' }")
  assert.match(inspect(new Request('http://a/')), /^Request \{[\s\S]*url: 'http:\/\/a\/'/)
})
