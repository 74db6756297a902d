/**
 * Tests examples/native as its README describes it: builds and starts it, requests every route, and
 * runs its own handler tests.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { binary, build, copyOf, type Server, startServer } from './support/index.ts'

let server: Server
let directory: string

before(async () => {
  directory = copyOf('examples/native')
  copyFileSync(join(directory, '.env.local.example'), join(directory, '.env.local'))
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(() => server?.stop())

interface JsonResponse {
  readonly status: number
  readonly headers: Headers
  // The tests check the content of the response.
  readonly body: any
}

async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<JsonResponse> {
  const raw = typeof body === 'string' || body instanceof FormData || body instanceof Uint8Array
  const response = await fetch(server.url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: raw ? (body as BodyInit) : JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: /^[[{]/.test(text) ? JSON.parse(text) : text,
  }
}

test('hello', async () => {
  assert.deepEqual((await send('GET', '/api/hello')).body, { hello: 'world' })
  assert.deepEqual((await send('GET', '/api/hello?name=Ada+L')).body, { hello: 'Ada L' })
})

test('users are created, changed and removed, and errors are reported', async () => {
  const made = await send('POST', '/api/users', {
    name: ' Ada ',
    email: 'ada@example.com',
    age: 36,
  })
  assert.equal(made.status, 201)
  const place = made.headers.get('location')!
  assert.deepEqual(made.body, {
    id: Number(place.split('/').at(-1)),
    name: 'Ada',
    email: 'ada@example.com',
    age: 36,
  })
  assert.deepEqual((await send('GET', place)).body, made.body)
  assert.deepEqual((await send('GET', '/api/users')).body, [made.body])
  const taken = await send('POST', '/api/users', { name: 'Eve', email: 'ada@example.com' })
  assert.deepEqual(
    [taken.status, taken.body],
    [409, { error: 'the address ada@example.com is taken' }],
  )
  const changed = await send('PUT', place, { name: 'Ada L', email: 'ada@example.com' })
  assert.deepEqual(changed.body, { id: made.body.id, name: 'Ada L', email: 'ada@example.com' })
  assert.equal((await send('DELETE', place)).status, 204)
  assert.deepEqual(
    [
      (await send('GET', place)).status,
      (await send('DELETE', place)).status,
      (await send('GET', '/api/users/x')).status,
    ],
    [404, 404, 404],
  )
})

test("400 lists all invalid fields in zod's flattened form", async () => {
  const invalid = await send('POST', '/api/users', { name: '', email: 'nowhere', age: 7.5 })
  assert.equal(invalid.status, 400)
  assert.deepEqual(invalid.body.formErrors, [])
  assert.deepEqual(Object.keys(invalid.body.fieldErrors), ['name', 'email', 'age'])
  const broken = await send('POST', '/api/users', '{')
  assert.equal(broken.status, 400)
  assert.equal(broken.body.formErrors.length, 1)
})

test('405 has an Allow field', async () => {
  const refused = await send('PATCH', '/api/users', {})
  assert.equal(refused.status, 405)
  assert.equal(refused.headers.get('allow'), 'GET, HEAD, OPTIONS, POST')
})

test('a catch-all route gets its segments', async () => {
  assert.deepEqual((await send('GET', '/api/posts/2026/hello%20there')).body, {
    slug: ['2026', 'hello there'],
    title: 'On hello there',
  })
})

test('products are stored in a database with bound parameters and a transaction', async () => {
  const odd = {
    sku: 'quote-1',
    name: "Robert'); drop table products;--",
    cents: 1999,
    tags: ['new', "o'ne"],
  }
  const made = await send('POST', '/api/products', odd)
  assert.deepEqual([made.status, made.body], [201, odd])
  assert.equal((await send('POST', '/api/products', odd)).status, 409)
  await send('POST', '/api/products', { sku: 'plain', name: 'Plain', cents: 5, tags: [] })
  assert.deepEqual(
    (await send('GET', '/api/products')).body.map(({ sku }: { sku: string }) => sku),
    ['plain', 'quote-1'],
  )
  assert.deepEqual((await send('GET', `/api/products?tag=${encodeURIComponent("o'ne")}`)).body, [
    odd,
  ])
  assert.equal((await send('GET', '/api/products?limit=1')).body.length, 1)
  assert.deepEqual(Object.keys((await send('GET', '/api/products?limit=1000')).body.fieldErrors), [
    'limit',
  ])
})

test('sign-in, me, the dashboard by role and the middleware work together', async () => {
  assert.equal((await send('GET', '/api/me')).status, 401)
  assert.equal(
    (await send('POST', '/api/sign-in', { email: 'ada@example.com', password: 'wrong' })).status,
    401,
  )
  const signIn = async (email: string, password: string): Promise<Record<string, string>> => {
    const { status, headers } = await send('POST', '/api/sign-in', { email, password })
    assert.equal(status, 200)
    const line = headers.get('set-cookie')!
    assert.match(line, /; HttpOnly; SameSite=lax/)
    return { cookie: line.split(';')[0]! }
  }
  const ada = await signIn('ada@example.com', 'let-me-in')
  assert.deepEqual((await send('GET', '/api/me', undefined, ada)).body, {
    email: 'ada@example.com',
    name: 'Ada',
  })
  assert.equal((await send('GET', '/api/admin/dashboard', undefined, ada)).body.hello, 'Ada')
  const bob = await signIn('bob@example.com', 'bobs password')
  assert.equal((await send('GET', '/api/admin/dashboard', undefined, bob)).status, 403)
  const anonymous = await send('GET', '/api/admin/dashboard')
  assert.deepEqual([anonymous.status, anonymous.body], [401, { error: 'Unauthorized' }])
  assert.match((await send('DELETE', '/api/sign-in')).headers.get('set-cookie')!, /^session=;/)
  const known = await send('GET', '/api/hello', undefined, { 'x-request-id': 'abc-1' })
  assert.equal(known.headers.get('x-request-id'), 'abc-1')
})

test('CORS works with a preflight request', async () => {
  const origin = 'https://app.example.com'
  const preflight = await send('OPTIONS', '/api/public', undefined, { origin })
  assert.equal(preflight.status, 204)
  assert.equal(preflight.headers.get('access-control-allow-origin'), origin)
  assert.equal(preflight.headers.get('access-control-allow-methods'), 'GET, POST')
  assert.equal(
    (await send('GET', '/api/public', undefined, { origin: 'https://evil.example' })).headers.get(
      'access-control-allow-origin',
    ),
    null,
  )
  assert.deepEqual((await send('POST', '/api/public', { a: 1 }, { origin })).body, {
    got: { a: 1 },
  })
})

test('uploads work as a form with files and as a stream, and are limited', async () => {
  const form = new FormData()
  form.set('note', 'not a file')
  form.set('picture', new File([new Uint8Array(5000)], 'a.png', { type: 'image/png' }))
  assert.deepEqual((await send('POST', '/api/upload', form)).body, [
    { field: 'picture', filename: 'a.png', type: 'image/png', bytes: 5000 },
  ])
  assert.equal((await send('POST', '/api/upload', 'no form')).status, 400)
  form.set('picture', new File([new Uint8Array(3 << 20)], 'a.png'))
  assert.equal((await send('POST', '/api/upload', form)).status, 413)
  // More than middleware that reads bodies would allow.
  assert.deepEqual((await send('PUT', '/api/upload', new Uint8Array(12 << 20))).body, {
    bytes: 12 << 20,
  })
})

test('an event stream arrives event by event', async () => {
  const { headers, body } = await send('GET', '/api/events')
  assert.equal(headers.get('content-type'), 'text/event-stream')
  const event = (n: number) => `event: count\nid: ${n}\ndata: ${n}\n\n`
  assert.equal(body, `${event(1)}${event(2)}${event(3)}data: done\n\n`)
})

test('its own tests of handlers pass', () => {
  const sdk = join(dirname(binary()), 'share/millrace/sdk')
  const out = join(directory, 'build')
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] })
  run('cmake', '-S', 'tests', '-B', out, `-DMILLRACE_SDK=${sdk}`, '-DCMAKE_BUILD_TYPE=Debug')
  run('cmake', '--build', out)
  assert.match(String(run('ctest', '--test-dir', out)), /100% tests passed/)
})
