// The expected values are those of `next start` of Next.js 16.4 with the same handlers.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import { Kind } from '../../../protocol/generated/frames.ts'
import { RouteFixture } from './app_support.ts'
import { encodeFrame, TestProject, TestServer } from './support.ts'

const fixture = new RouteFixture()
const cookieField = ['Cookie', 'a=1; b=%20x; c; a=2; d="q"; e=%zz; f=x=y'] as const
const withCookies = [['Host', 'localhost:3000'], cookieField, ['X-Test', 't']] as const

const signals = fixture.handler(
  `
  ;(await cookies()).set('n', '1')
  switch (request.nextUrl.searchParams.get('kind')) {
    case 'redirect': return redirect('/x?y=1')
    case 'absolute': return redirect('https://example.com/a;b')
    case 'permanent': return permanentRedirect('/y')
    case 'missing': return notFound()
    case 'forbidden': return forbidden()
    case 'unauthorized': return unauthorized()
    case 'rethrown': try { redirect('/z') } catch (error) { unstable_rethrow(error); return new Response('caught') }
  }`,
  `import { cookies } from 'next/headers'
   import { redirect, permanentRedirect, notFound, forbidden, unauthorized, unstable_rethrow } from 'next/navigation'`,
)
test('redirect(), notFound() and similar functions', async () => {
  const ask = async (kind: string, method = 'GET') => {
    const { status, fields, text } = await signals.ask({ url: `/?kind=${kind}`, method })
    return [status, fields, text]
  }
  const cookie = 'set-cookie: n=1; Path=/\r\n'
  assert.deepEqual(await ask('redirect'), [307, `location: /x?y=1\r\n${cookie}`, ''])
  assert.deepEqual(await ask('redirect', 'POST'), [307, `location: /x?y=1\r\n${cookie}`, ''])
  assert.deepEqual(await ask('absolute'), [
    307,
    `location: https://example.com/a;b\r\n${cookie}`,
    '',
  ])
  assert.deepEqual(await ask('permanent'), [308, `location: /y\r\n${cookie}`, ''])
  assert.deepEqual(await ask('missing'), [404, '', ''])
  assert.deepEqual(await ask('rethrown'), [307, `location: /z\r\n${cookie}`, ''])
  for (const kind of ['forbidden', 'unauthorized']) assert.deepEqual(await ask(kind), [500, '', ''])
  await (await fixture.server()).logged(
    'only allowed to be enabled when `experimental.authInterrupts` is enabled',
  )
})

const jar = fixture.handler(
  `
  const store = await cookies()
  switch (request.nextUrl.searchParams.get('kind')) {
    case 'set':
      store.set('a', '1')
      store.set('b', 'x y;é', { httpOnly: true, secure: true, sameSite: 'strict', path: '/p', domain: 'x.com', priority: 'high', partitioned: true })
      store.set({ name: 'c', value: '3', expires: new Date(0), sameSite: true })
      return Response.json(store.getAll())
    case 'age': store.set('a', '1', { maxAge: 60 }); return new Response()
    case 'delete':
      store.delete('a')
      store.delete({ name: 'b', path: '/p', domain: 'd.com' })
      return Response.json([store.has('a'), store.get('a'), store.getAll('b'), store.toString()])
    case 'merge': {
      store.set('a', 'store').set('z', 'store')
      const response = NextResponse.json({})
      response.cookies.set('a', 'response')
      response.cookies.set('m', '1', { httpOnly: true })
      return response
    }
    case 'own': store.set('a', 'store'); return new Response('x', { headers: { 'Set-Cookie': 'q=1; HttpOnly' } })
    case 'response': {
      const response = new NextResponse('x')
      response.cookies.set('a', '1', { httpOnly: true })
      response.cookies.delete('b')
      return response
    }
    case 'request': {
      const { cookies } = request
      const all = cookies.getAll()
      cookies.set('g', 'new').delete('a')
      return Response.json([all, cookies.get('a') ?? null, cookies.size, String(cookies), request.headers.get('cookie')])
    }
  }
  return Response.json([store.getAll(), store.toString(), store.get('a'), store.get('nothing') ?? null])`,
  `import { cookies } from 'next/headers'
   import { NextResponse } from 'next/server'`,
)
const jarOf = (kind: string) => jar.ask({ url: `/?kind=${kind}`, headers: withCookies })
test("cookies() returns the request's cookies", async () => {
  const response = await jarOf('')
  const cookie = (name: string, value: string) => ({ name, value, path: '/' })
  assert.deepEqual(JSON.parse(response.text), [
    [
      cookie('a', '2'),
      cookie('b', ' x'),
      cookie('c', 'true'),
      cookie('d', '"q"'),
      cookie('f', 'x=y'),
    ],
    'a=2; Path=/; b=%20x; Path=/; c=true; Path=/; d=%22q%22; Path=/; f=x%3Dy; Path=/',
    cookie('a', '2'),
    null,
  ])
  assert.equal(response.header('set-cookie'), undefined)
})
test('cookies() sets and deletes', async () => {
  const set = await jarOf('set')
  assert.equal(
    set.header('set-cookie'),
    'a=1; Path=/|' +
      'b=x%20y%3B%C3%A9; Path=/p; Domain=x.com; Secure; HttpOnly; SameSite=strict; Partitioned; Priority=high|' +
      'c=3; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=true',
  )
  assert.deepEqual(JSON.parse(set.text)[2], {
    name: 'c',
    value: '3',
    expires: '1970-01-01T00:00:00.000Z',
    sameSite: true,
    path: '/',
  })
  assert.match(
    (await jarOf('age')).header('set-cookie')!,
    /^a=1; Path=\/; Expires=\w{3}, [^;]+ GMT; Max-Age=60$/,
  )
  const gone = await jarOf('delete')
  assert.equal(
    gone.header('set-cookie'),
    'a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT|b=; Path=/p; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Domain=d.com',
  )
  assert.equal(JSON.parse(gone.text)[0], true)
  assert.equal(JSON.parse(gone.text)[1].value, '')
})
test('cookies of the response take precedence over those of cookies()', async () => {
  assert.equal(
    (await jarOf('merge')).header('set-cookie'),
    'a=response; Path=/|m=1; Path=/; HttpOnly|z=store; Path=/',
  )
  assert.equal((await jarOf('own')).header('set-cookie'), 'q=1; Path=/; HttpOnly|a=store; Path=/')
})
test('NextResponse.cookies', async () => {
  const response = await jarOf('response')
  assert.equal(
    response.header('set-cookie'),
    'a=1; Path=/; HttpOnly|b=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
  )
  assert.equal(response.header('x-middleware-set-cookie'), undefined)
})
test('NextRequest.cookies', async () => {
  const [all, a, size, text, field] = JSON.parse((await jarOf('request')).text)
  assert.deepEqual(
    all.map((cookie: { name: string }) => cookie.name),
    ['a', 'b', 'c', 'd', 'f'],
  )
  assert.deepEqual(all[0], { name: 'a', value: '2' })
  assert.deepEqual([a, size], [null, 5])
  assert.equal(text, 'b=%20x; c=true; d=%22q%22; f=x%3Dy; g=new')
  assert.equal(field, text)
})

const head = fixture.handler(
  `
  await new Promise((resolve) => setTimeout(resolve, 1))
  const sealed = await headers()
  const failures = []
  for (const method of ['set', 'append', 'delete']) try { sealed[method]('a', 'b') } catch (error) { failures.push(error.message) }
  return Response.json([sealed.get('X-Test'), sealed.get('rsc'), [...sealed.keys()], sealed instanceof Headers, new Set(failures).size, failures[0]])`,
  `import { headers } from 'next/headers'`,
)
test('headers() can be read after await, and is read-only', async () => {
  assert.deepEqual(
    await head.json({
      headers: [
        ['Host', 'a:1'],
        ['X-Test', 't'],
        ['RSC', '1'],
      ],
    }),
    [
      't',
      null,
      [
        'host',
        'x-forwarded-for',
        'x-forwarded-host',
        'x-forwarded-port',
        'x-forwarded-proto',
        'x-test',
      ],
      true,
      1,
      'Headers cannot be modified. Read more: https://nextjs.org/docs/app/api-reference/functions/headers',
    ],
  )
})
test('concurrent requests have separate contexts', async () => {
  const responses = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      head.json({
        headers: [
          ['Host', 'a'],
          ['X-Test', String(i)],
        ],
      }),
    ),
  )
  assert.deepEqual(
    responses.map((response) => (response as string[])[0]),
    Array.from({ length: 20 }, (_, i) => String(i)),
  )
})

const drafts = fixture.handler(
  `
  const draft = await draftMode()
  const before = draft.isEnabled
  const kind = request.nextUrl.searchParams.get('kind')
  if (kind === 'on') draft.enable()
  if (kind === 'off') draft.disable()
  return Response.json([before, draft.isEnabled])`,
  `import { draftMode } from 'next/headers'`,
)
test('draftMode()', async () => {
  const on = await drafts.ask({ url: '/?kind=on' })
  assert.equal(on.text, '[false,true]')
  const field = on.header('set-cookie')!
  assert.match(field, /^__prerender_bypass=[0-9a-f]{32}; Path=\/; Secure; HttpOnly; SameSite=none$/)
  const headers = [
    ['Host', 'a'],
    ['Cookie', field.split(';')[0]!],
  ] as const
  assert.deepEqual(await drafts.json({ headers }), [true, true])
  const off = await drafts.ask({ url: '/?kind=off', headers })
  assert.equal(off.text, '[true,false]')
  assert.equal(
    off.header('set-cookie'),
    '__prerender_bypass=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=none',
  )
  assert.deepEqual(
    await drafts.json({
      headers: [
        ['Host', 'a'],
        ['Cookie', '__prerender_bypass=guessed'],
      ],
    }),
    [false, false],
  )
})

const responses = fixture.handler(
  `
  const outcome = (make) => { try { const r = make(); return [r.status, r.constructor.name, [...r.headers]] } catch (error) { return [error.name, error.message.split('.')[0]] } }
  return Response.json([
    outcome(() => NextResponse.json({ a: 1 }, { status: 201, headers: { x: 'y' } })),
    outcome(() => NextResponse.redirect('http://a/b')),
    outcome(() => NextResponse.redirect(new URL('http://a/b'), 303)),
    outcome(() => NextResponse.redirect(request.nextUrl, { status: 308, headers: { x: 'y' } })),
    outcome(() => NextResponse.redirect('/relative')),
    outcome(() => NextResponse.redirect('http://a/b', 200)),
    outcome(() => NextResponse.rewrite('http://a/b')),
    outcome(() => NextResponse.next({ request: { headers: new Headers({ a: 'b' }) } })),
    [new NextResponse() instanceof Response, NextResponse.json(1) instanceof NextResponse, new Response() instanceof NextResponse],
  ])`,
  `import { NextResponse } from 'next/server'`,
)
test('NextResponse', async () => {
  assert.deepEqual(await responses.json({ url: '/api/x?y=1' }), [
    [
      201,
      'NextResponse',
      [
        ['content-type', 'application/json'],
        ['x', 'y'],
      ],
    ],
    [307, 'NextResponse', [['location', 'http://a/b']]],
    [303, 'NextResponse', [['location', 'http://a/b']]],
    [
      308,
      'NextResponse',
      [
        ['location', 'http://localhost:3000/api/x?y=1'],
        ['x', 'y'],
      ],
    ],
    ['Error', 'URL is malformed "/relative"'],
    ['RangeError', 'Failed to execute "redirect" on "response": Invalid status code'],
    [200, 'NextResponse', [['x-middleware-rewrite', 'http://a/b']]],
    [
      200,
      'NextResponse',
      [
        ['x-middleware-next', '1'],
        ['x-middleware-override-headers', 'a'],
        ['x-middleware-request-a', 'b'],
      ],
    ],
    [true, true, false],
  ])
})

const made = fixture.handler(
  `
  const own = new NextRequest('http://127.0.0.1:3000/a/b?c=d', { method: 'POST', body: 'x', headers: { cookie: 'a=1' } })
  const copy = new NextRequest(own, { headers: { cookie: 'b=2' } })
  const url = own.nextUrl.clone()
  url.pathname = '/x'
  url.searchParams.set('e', 'f')
  return Response.json([own.url, own.method, own.cookies.get('a'), url.href, own.nextUrl.href, copy.cookies.getAll(), await copy.text()])`,
  `import { NextRequest } from 'next/server'`,
)
test('new NextRequest()', async () => {
  assert.deepEqual(await made.json(), [
    'http://localhost:3000/a/b?c=d',
    'POST',
    { name: 'a', value: '1' },
    'http://localhost:3000/x?c=d&e=f',
    'http://localhost:3000/a/b?c=d',
    [{ name: 'b', value: '2' }],
    'x',
  ])
})

const agents = fixture.handler(
  `return Response.json([userAgent(request), userAgentFromString('Googlebot/2.1').isBot, userAgentFromString(undefined).isBot])`,
  `import { userAgent, userAgentFromString } from 'next/server'`,
)
test('userAgent()', async () => {
  const text = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'
  assert.deepEqual(
    await agents.json({
      headers: [
        ['Host', 'a'],
        ['User-Agent', text],
      ],
    }),
    [
      {
        ua: text,
        browser: { name: 'Firefox', version: '128.0', major: '128' },
        engine: { name: 'Gecko', version: '128.0' },
        os: { name: 'Linux', version: 'x86_64' },
        device: {},
        cpu: { architecture: 'amd64' },
        isBot: false,
      },
      true,
      false,
    ],
  )
})

const later = fixture.handler(
  `
  const log = (globalThis.log ??= [])
  if (request.nextUrl.searchParams.has('log')) return Response.json(log)
  await connection()
  after(async () => {
    log.push('callback')
    try { (await cookies()).set('x', 'y') } catch (error) { log.push(error.message.split('.')[0]) }
    log.push((await headers()).get('x-test'))
    after(() => log.push('nested'))
  })
  after(() => { throw new Error('after went wrong') })
  after(Promise.resolve().then(() => log.push('promise')))
  try { after(12) } catch (error) { log.push(error.message) }
  log.push('end')
  return new Response('done')`,
  `import { after, connection } from 'next/server'
   import { cookies, headers } from 'next/headers'`,
)
test('after() runs when the response has been sent', async () => {
  assert.equal((await later.ask({ headers: withCookies })).text, 'done')
  let log: unknown[] = []
  while (!log.includes('nested')) log = (await later.json({ url: '/?log' })) as unknown[]
  assert.deepEqual(log, [
    '`after()`: Argument must be a promise or a function',
    'end',
    'promise',
    'callback',
    'Cookies can only be modified in a Server Action or Route Handler',
    't',
    'nested',
  ])
  await (await fixture.server()).logged('after went wrong')
})
test('a draining worker waits for after()', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      kind: 'app',
      source: `import { after } from 'next/server'
        export function GET() {
          after(() => new Promise((resolve) => setImmediate(() => setImmediate(resolve))).then(() => console.log('after all')))
          return new Response('done')
        }`,
    },
  ])
  assert.equal((await server.request()).text, 'done')
  server.write(encodeFrame(Kind.drain, 0))
  await server.logged('after all')
  assert.equal(await server.exit(), 0)
})

const outside = fixture.add(`
  import { cookies, headers, draftMode } from 'next/headers'
  import { after, connection } from 'next/server'
  const messages = []
  for (const call of [cookies, headers, draftMode, connection, () => after(() => {})]) {
    try { call() } catch (error) { messages.push(error.message.split('.')[0]) }
  }
  export function GET() { return Response.json(messages) }`)
test('request functions outside of a request throw', async () => {
  assert.deepEqual(
    await outside.json(),
    ['cookies', 'headers', 'draftMode', 'connection', 'after'].map(
      (name) => `\`${name}\` was called outside a request scope`,
    ),
  )
})

const cached = fixture.handler(
  `
  const outcome = async (work) => { try { return (await work()) ?? null } catch (error) { return error.message.split('.')[0] } }
  const steps = { 
    first: () => cached(1), again: () => cached(1), other: () => cached(2),
    tag: () => revalidateTag('t'), afterTag: () => cached(1),
    soft: () => revalidateTag('t', 'max'), stale: () => cached(1),
    settle: () => new Promise((resolve) => setImmediate(resolve)), renewed: () => cached(1),
    expire: () => revalidateTag('t', { expire: 0 }), afterExpire: () => cached(1),
    untouched: () => revalidatePath('/x'), afterPath: () => cached(1),
    update: () => updateTag('t'), refresh: () => refresh(), life: () => cacheLife('max'), mark: () => cacheTag('x'),
    nothing: () => unstable_noStore(), zero: () => unstable_cache(async () => 1, [], { revalidate: 0 }),
    inside: () => unstable_cache(async () => revalidateTag('t', 'max'))(),
    cookies: () => unstable_cache(async () => cookies())(),
    undefined: async () => (await unstable_cache(async () => undefined)()) === undefined,
  }
  const results = {}
  for (const name in steps) results[name] = await outcome(steps[name])
  return Response.json(results)`,
  `import { revalidatePath, revalidateTag, updateTag, refresh, unstable_cache, unstable_noStore, cacheLife, cacheTag } from 'next/cache'
   import { cookies } from 'next/headers'
   let calls = 0
   const cached = unstable_cache(async (value) => [value, ++calls], ['key'], { tags: ['t'], revalidate: 60 })`,
  { path: '/api/cached' },
)
test('next/cache', async () => {
  const results = (await cached.json()) as Record<string, unknown>
  assert.deepEqual(results, {
    first: [1, 1],
    again: [1, 1],
    other: [2, 2],
    tag: null,
    afterTag: [1, 3],
    soft: null,
    stale: [1, 4],
    settle: null,
    renewed: [1, 5],
    expire: null,
    afterExpire: [1, 6],
    untouched: null,
    afterPath: [1, 7],
    update: 'updateTag can only be called from within a Server Action',
    refresh: 'refresh can only be called from within a Server Action',
    life: '`cacheLife()` is only available with the `cacheComponents` config',
    mark: '`cacheTag()` is only available with the `cacheComponents` config',
    nothing: null,
    zero: results['zero'],
    inside: results['inside'],
    cookies: results['cookies'],
    undefined: true,
  })
  assert.match(String(results['zero']), /revalidate: 0 can not be passed to unstable_cache\(\)/)
  assert.equal(
    results['inside'],
    `Route "/api/cached": \`revalidateTag("t")\` can't be called inside a cached function`,
  )
  assert.equal(
    results['cookies'],
    `Route "/api/cached": \`cookies()\` can't be read inside \`unstable_cache()\``,
  )
})

const images = fixture.handler(
  `const [image] = await Promise.allSettled([new ImageResponse(null, { status: 201, headers: { 'cache-control': 'no-store', 'x-a': 'b' } })])
   const { status, headers } = image.value
   const body = await image.value.text().catch((error) => error.message)
   let moved
   try { new Again(null) } catch (error) { moved = error.message }
   return Response.json([status, [...headers], body, moved, image.value instanceof Response])`,
  `import { ImageResponse } from 'next/og'\nimport { ImageResponse as Again } from 'next/server'`,
)
test('next/og without the package next names what it needs; next/server names the new place', async () => {
  assert.deepEqual(await images.json(), [
    201,
    [
      ['cache-control', 'no-store'],
      ['content-type', 'image/png'],
      ['x-a', 'b'],
    ],
    'ImageResponse of next/og draws with the package next, which is not installed. Run: npm install next',
    'ImageResponse moved from "next/server" to "next/og" since Next.js 14, please import from "next/og" instead',
    true,
  ])
})

const required = fixture.add(
  `const { NextResponse } = require('next/server')
   const { cookies } = require('next/headers.js')
   exports.GET = async () => { (await cookies()).set('a', 'b'); return NextResponse.json(1) }`,
  { extension: '.cjs' },
)
test('require() finds them too', async () => {
  const response = await required.ask()
  assert.deepEqual([response.text, response.header('set-cookie')], ['1', 'a=b; Path=/'])
})

test('the exports are those of Next.js', async () => {
  const require = createRequire(import.meta.url)
  for (const name of ['server', 'headers', 'navigation', 'cache']) {
    const path =
      name === 'navigation' ? 'next/dist/client/components/navigation.js' : `next/${name}.js`
    const theirs = Object.keys(require(path) as object).filter((key) => key !== '__esModule')
    // A class in its types; files that import it as a value only need it to exist.
    if (name === 'server') theirs.push('NextFetchEvent')
    const ours = Object.keys((await import(`../src/next/${name}.ts`)) as object)
    assert.deepEqual(ours.filter((key) => key !== 'default').sort(), theirs.sort(), name)
  }
})
