/**
 * Tests every route of examples/saas, served with `dev` and with `build` and `start`.
 */

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { build, copyOf, type Server, startServer } from './support/index.ts'

/** As in .env.example, which the copy under test uses. */
const webhookSecret = 'change-me-what-the-payment-provider-signs-with'
const admin = { email: 'admin@example.com', password: 'change-me-too' }
const ada = { email: 'ada@example.com', password: 'analytical-engine' }

type Json = Record<string, any>

interface JsonResponse {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Json
}

/** Sends JSON to one server and parses the response. */
class Client {
  readonly url: string
  constructor(url: string) {
    this.url = url
  }

  async call(
    method: string,
    path: string,
    options: {
      body?: unknown
      raw?: string
      headers?: Record<string, string>
      session?: string
    } = {},
  ): Promise<JsonResponse> {
    const headers: Record<string, string> = { ...options.headers }
    if (options.body !== undefined || options.raw !== undefined)
      headers['content-type'] ??= 'application/json'
    if (options.session !== undefined) headers['cookie'] = `theme=dark; session=${options.session}`
    const body = options.raw ?? (options.body === undefined ? null : JSON.stringify(options.body))
    const response = await fetch(this.url + path, { method, headers, body, redirect: 'manual' })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text !== '' ? JSON.parse(text) : {},
    }
  }

  get(path: string, options: Parameters<Client['call']>[2] = {}): Promise<JsonResponse> {
    return this.call('GET', path, options)
  }

  async logIn(credentials: { email: string; password: string }): Promise<string> {
    const response = await this.call('POST', '/api/login', { body: credentials })
    assert.equal(response.status, 200, response.text)
    const session = /^session=([^;]+);/.exec(response.headers.getSetCookie()[0] ?? '')?.[1]
    assert.ok(session, 'a cookie is set')
    return session
  }
}

/** Reads a response's text until it matches. */
async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  pattern: RegExp,
): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  while (!pattern.test(text)) {
    const { done, value } = await reader.read()
    if (done) assert.fail(`the stream ended before ${pattern}: ${text}`)
    text += decoder.decode(value, { stream: true })
  }
  return text
}

function signature(body: string, seconds = Math.floor(Date.now() / 1000)): string {
  return `t=${seconds},v1=${createHmac('sha256', webhookSecret).update(`${seconds}.${body}`).digest('hex')}`
}

function everyRoute(client: () => Client): void {
  test('health', async () => {
    const response = await client().get('/api/health')
    assert.equal(response.status, 200)
    assert.equal(response.text, '{"status":"ok"}')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    assert.match(response.headers.get('content-type') ?? '', /^application\/json; charset=utf-8$/)
  })

  describe('users', () => {
    test('lists them page by page', async () => {
      const first = await client().get('/api/users?per_page=2')
      assert.equal(first.status, 200)
      assert.deepEqual(
        first.json['users'].map((user: Json) => user['email']),
        [admin.email, ada.email],
      )
      assert.ok(Number(first.headers.get('x-total-count')) >= 3)
      const second = await client().get('/api/users?per_page=2&page=2')
      assert.equal(second.json['users'][0].email, 'grace@example.com')
      assert.equal(second.json['page'], 2)
      const found = await client().get('/api/users?search=lovelace')
      assert.deepEqual(
        found.json['users'].map((user: Json) => user['email']),
        [ada.email],
      )
      assert.equal(
        (await client().get('/api/users?search=%25')).json['total'],
        0,
        'a wildcard is only a character',
      )
    })

    test('never shows a password', async () => {
      assert.doesNotMatch((await client().get('/api/users')).text, /password/)
    })

    test('responses HEAD without a body', async () => {
      const response = await client().call('HEAD', '/api/users')
      assert.equal(response.status, 200)
      assert.equal(response.text, '')
      assert.ok(Number(response.headers.get('content-length')) > 0)
    })

    test('rejects an invalid query', async () => {
      const response = await client().get('/api/users?page=0&per_page=many')
      assert.equal(response.status, 400)
      assert.deepEqual(Object.keys(response.json['error'].fields), ['page', 'per_page'])
    })

    test('creates one', async () => {
      const body = {
        name: ' Alan Turing ',
        email: 'alan@example.com',
        password: 'bombe-at-bletchley',
      }
      const response = await client().call('POST', '/api/users', { body })
      assert.equal(response.status, 201, response.text)
      assert.equal(response.headers.get('location'), `/api/users/${response.json['id']}`)
      const { name, email, role } = response.json
      assert.deepEqual(
        { name, email, role },
        { name: 'Alan Turing', email: 'alan@example.com', role: 'member' },
      )

      const again = await client().call('POST', '/api/users', {
        body: { ...body, email: 'ALAN@example.com' },
      })
      assert.equal(again.status, 409)
      assert.equal(again.json['error'].code, 'conflict')
    })

    test('reports which fields are invalid', async () => {
      const response = await client().call('POST', '/api/users', {
        body: { name: '', email: 'nobody', password: 'short' },
      })
      assert.equal(response.status, 400)
      assert.deepEqual(response.json, {
        error: {
          code: 'invalid',
          message: 'Some fields are not valid.',
          fields: {
            name: ['Say who this is.'],
            email: ['This is not an e-mail address.'],
            password: ['Use at least 8 characters.'],
          },
        },
      })
    })

    test('rejects a body that is not JSON', async () => {
      const response = await client().call('POST', '/api/users', { raw: '{"name": ' })
      assert.equal(response.status, 400)
      assert.equal(response.text, 'Invalid JSON')
    })

    test('responds to other methods with 405', async () => {
      const response = await client().call('DELETE', '/api/users')
      assert.equal(response.status, 405)
      assert.equal(response.headers.get('allow'), 'HEAD, GET, POST')
      assert.equal(response.json['error'].code, 'method_not_allowed')
    })

    test('gets one, or 404', async () => {
      assert.equal((await client().get('/api/users/2')).json['name'], 'Ada Lovelace')
      for (const id of ['999999', 'abc', '0', '1e3', '%20']) {
        assert.equal((await client().get(`/api/users/${id}`)).status, 404, id)
      }
    })

    test('changes one for its owner and for an administrator', async () => {
      const body = { name: 'Countess Lovelace' }
      assert.equal((await client().call('PUT', '/api/users/2', { body })).status, 401)
      const session = await client().logIn(ada)
      assert.equal((await client().call('PUT', '/api/users/3', { body, session })).status, 403)
      const changed = await client().call('PUT', '/api/users/2', { body, session })
      assert.equal(changed.status, 200)
      assert.equal(changed.json['name'], 'Countess Lovelace')
      assert.equal(
        (await client().call('PUT', '/api/users/2', { body: { role: 'admin' }, session })).status,
        400,
      )
      const back = await client().call('PUT', '/api/users/2', {
        body: { name: 'Ada Lovelace' },
        session: await client().logIn(admin),
      })
      assert.equal(back.json['name'], 'Ada Lovelace')
    })

    test('deletes one, and their sessions', async () => {
      const person = { name: 'Short Lived', email: 'short@example.com', password: 'not-for-long' }
      const { id } = (await client().call('POST', '/api/users', { body: person })).json as {
        id: number
      }
      const session = await client().logIn(person)
      const gone = await client().call('DELETE', `/api/users/${id}`, { session })
      assert.equal(gone.status, 204)
      assert.equal(gone.text, '')
      assert.equal((await client().get(`/api/users/${id}`)).status, 404)
      assert.equal((await client().get('/api/me', { session })).status, 401)
    })
  })

  describe('sessions', () => {
    test('log in, me, log out', async () => {
      assert.equal((await client().get('/api/me')).status, 401)
      const login = await client().call('POST', '/api/login', { body: ada })
      assert.equal(login.status, 200)
      assert.equal(login.json['email'], ada.email)
      const cookie = login.headers.getSetCookie()[0] ?? ''
      assert.match(
        cookie,
        /^session=[\w-]{43}; Path=\/; Expires=[^;]+; Max-Age=604800; HttpOnly; SameSite=lax$/,
      )

      const session = /^session=([^;]+)/.exec(cookie)?.[1] ?? ''
      const me = await client().get('/api/me', { session })
      assert.equal(me.status, 200)
      assert.equal(me.json['name'], 'Ada Lovelace')
      assert.equal(me.headers.get('cache-control'), 'private, no-store')

      const logout = await client().call('POST', '/api/logout', { session })
      assert.equal(logout.status, 204)
      assert.match(
        logout.headers.getSetCookie()[0] ?? '',
        /^session=; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT/,
      )
      assert.equal((await client().get('/api/me', { session })).status, 401)
    })

    test('rejects wrong credentials, without saying which one', async () => {
      const rejected = await client().call('POST', '/api/login', {
        body: { ...ada, password: 'difference-engine' },
      })
      const unknown = await client().call('POST', '/api/login', {
        body: { email: 'nobody@example.com', password: 'x' },
      })
      assert.equal(rejected.status, 401)
      assert.equal(unknown.text, rejected.text)
      assert.equal((await client().call('POST', '/api/login', { body: {} })).status, 400)
      assert.equal(
        (await client().call('POST', '/api/login', { raw: 'no json' })).json['error'].code,
        'invalid_json',
      )
    })

    test('lets only administrators see the dashboard', async () => {
      assert.equal((await client().get('/api/admin/dashboard')).status, 401)
      assert.equal(
        (await client().get('/api/admin/dashboard', { session: await client().logIn(ada) })).status,
        403,
      )
      const response = await client().get('/api/admin/dashboard', {
        session: await client().logIn(admin),
      })
      assert.equal(response.status, 200)
      assert.equal(response.json['for'], admin.email)
      assert.equal(response.json['posts'], 3)
    })
  })

  test('posts of a year, of a month, and a single post are found', async () => {
    const paths = async (path: string) =>
      (await client().get(path)).json['posts'].map((post: Json) => post['path'])
    assert.deepEqual(await paths('/api/posts/2026'), ['2026/01/new-year', '2026/01/pricing'])
    assert.deepEqual(await paths('/api/posts/2025/11'), ['2025/11/hello-world'])
    assert.deepEqual(await paths('/api/posts/1999'), [])
    const post = await client().get('/api/posts/2025/11/hello-world')
    assert.deepEqual(post.json, {
      path: '2025/11/hello-world',
      title: 'Hello, world',
      body: 'The first post.',
    })
    for (const path of [
      '/api/posts/2025/11/nothing',
      '/api/posts/2025/11/hello-world/more',
      '/api/posts/soon',
      '/api/posts',
    ]) {
      assert.equal((await client().get(path)).status, 404, path)
    }
  })

  describe('products', () => {
    test('lists, creates, gets, changes, deletes', async () => {
      const { products } = (await client().get('/api/products')).json as { products: Json[] }
      assert.deepEqual(
        products.slice(0, 3).map((product) => product['name']),
        ['Starter', 'Team', 'Enterprise'],
      )

      const made = await client().call('POST', '/api/products', {
        body: { name: 'Trial', priceCents: 0 },
      })
      assert.equal(made.status, 201)
      const location = made.headers.get('location') ?? ''
      assert.equal(location, `/api/products/${made.json['id']}`)
      assert.deepEqual((await client().get(location)).json, made.json)

      const changed = await client().call('PATCH', location, { body: { priceCents: 100 } })
      assert.deepEqual(changed.json, { ...made.json, priceCents: 100 })
      assert.equal((await client().call('DELETE', location)).status, 204)
      assert.equal((await client().get(location)).status, 404)
      assert.equal((await client().call('DELETE', location)).status, 404)
    })

    test('responds to HEAD with GET', async () => {
      const response = await client().call('HEAD', '/api/products/1')
      assert.equal(response.status, 200)
      assert.equal(response.text, '')
    })

    test('rejects invalid input', async () => {
      const response = await client().call('POST', '/api/products', {
        body: { name: 'Half', priceCents: 0.5, colour: 'red' },
      })
      assert.equal(response.status, 400)
      assert.deepEqual(response.json['error'].fields['priceCents'], [
        'The price is in whole cents.',
      ])
      const broken = await client().call('POST', '/api/products', { raw: '{' })
      assert.equal(broken.status, 400)
      assert.equal(broken.json['error'].code, 'invalid_json')
    })

    test('responds to methods that are not exported with 405', async () => {
      assert.equal((await client().call('PUT', '/api/products', { body: {} })).status, 405)
      assert.equal((await client().call('POST', '/api/products/1', { body: {} })).status, 405)
    })
  })

  describe('CORS', () => {
    const origin = 'https://app.example.com'
    for (const path of ['/api/users', '/api/products']) {
      test(`of ${path}`, async () => {
        const allowed = await client().get(path, { headers: { origin } })
        assert.equal(allowed.headers.get('access-control-allow-origin'), origin)
        assert.equal(allowed.headers.get('access-control-allow-credentials'), 'true')
        const refused = await client().get(path, {
          headers: { origin: 'https://evil.example.com' },
        })
        assert.equal(refused.status, 200)
        assert.equal(refused.headers.get('access-control-allow-origin'), null)
        assert.match(refused.headers.get('vary') ?? '', /Origin/i)

        const preflight = {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        }
        const response = await client().call('OPTIONS', path, { headers: preflight })
        assert.equal(response.status, 204)
        assert.equal(response.headers.get('access-control-allow-origin'), origin)
        assert.match(response.headers.get('access-control-allow-methods') ?? '', /POST/)
        assert.equal(response.headers.get('access-control-max-age'), '600')
      })
    }

    test('of errors too', async () => {
      const response = await client().get('/api/me', { headers: { origin } })
      assert.equal(response.status, 401)
      assert.equal(response.headers.get('access-control-allow-origin'), origin)
    })
  })

  describe('payments', () => {
    test('are accepted once, whatever the white space in the body', async () => {
      const raw = '{ "id":"evt_1",  "type":"invoice.paid","amountCents" : 4900 }\n'
      const headers = { 'x-signature': signature(raw) }
      const first = await client().call('POST', '/api/webhooks/payments', { raw, headers })
      assert.equal(first.status, 200, first.text)
      assert.deepEqual(first.json, { received: true, duplicate: false })
      const second = await client().call('POST', '/api/webhooks/payments', { raw, headers })
      assert.deepEqual(second.json, { received: true, duplicate: true })
    })

    test('are rejected without the right signature', async () => {
      const raw = '{"id":"evt_2","type":"invoice.paid","amountCents":1}'
      const old = Math.floor(Date.now() / 1000) - 3600
      for (const value of [signature(`${raw} `), signature(raw, old), 'v1=', '']) {
        const response = await client().call('POST', '/api/webhooks/payments', {
          raw,
          headers: { 'x-signature': value },
        })
        assert.equal(response.status, 400)
        assert.equal(response.json['error'].code, 'bad_signature')
      }
    })

    test('are rejected if too large', async () => {
      const raw = 'x'.repeat(70 * 1024)
      const response = await client().call('POST', '/api/webhooks/payments', {
        raw,
        headers: { 'x-signature': signature(raw) },
      })
      assert.equal(response.status, 413)
    })
  })

  test('events arrive as they happen, and resume after Last-Event-ID', async () => {
    const aborted = new AbortController()
    const response = await fetch(`${client().url}/api/events`, { signal: aborted.signal })
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    const reader = response.body!.getReader()
    await readUntil(reader, /retry: 1000\n\n/)
    const made = await client().call('POST', '/api/products', {
      body: { name: 'Live', priceCents: 5 },
    })
    const heard = await readUntil(reader, /"name":"Live".*\n\n/)
    assert.match(
      heard,
      new RegExp(`^id: \\d+\\nevent: product\\.created\\ndata: \\{"id":${made.json['id']},`),
    )
    aborted.abort()

    const id = Number(/^id: (\d+)/.exec(heard)?.[1])
    const again = new AbortController()
    const replay = await fetch(`${client().url}/api/events`, {
      signal: again.signal,
      headers: { 'last-event-id': String(id - 1) },
    })
    assert.match(
      await readUntil(replay.body!.getReader(), /"name":"Live".*\n\n/),
      new RegExp(`id: ${id}\n`),
    )
    again.abort()
  })

  // Next.js has no routes in C++.
  if (!process.env['SAAS_URL'])
    test('a route in C++ reads the session that NextAuth has created', async () => {
      assert.equal((await client().get('/api/account')).status, 401)
      const jar: string[] = []
      const keep = ({ headers }: JsonResponse): string => {
        jar.push(...headers.getSetCookie().map((line) => line.split(';')[0]!))
        return jar.join('; ')
      }
      const csrf = await client().get('/api/auth/csrf')
      const cookie = keep(csrf)
      const form = new URLSearchParams({
        csrfToken: csrf.json['csrfToken'] as string,
        ...admin,
        json: 'true',
      })
      const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' }
      const signedIn = await client().call('POST', '/api/auth/callback/credentials', {
        raw: form.toString(),
        headers,
      })
      assert.equal(signedIn.status, 200, signedIn.text)
      const account = await client().get('/api/account', { headers: { cookie: keep(signedIn) } })
      assert.equal(account.status, 200, account.text)
      assert.deepEqual([account.json['email'], account.json['admin']], [admin.email, true])
    })

  test('the page in public/ is served', async () => {
    const page = await client().get('/index.html')
    assert.equal(page.status, 200)
    assert.match(page.headers.get('content-type') ?? '', /^text\/html; charset=utf-8$/i)
    assert.match(page.text, /<title>SaaS example<\/title>/)
    assert.match((await client().get('/page.js')).headers.get('content-type') ?? '', /javascript/)
    assert.equal((await client().get('/.env.local')).status, 404)
    assert.equal((await client().get('/api/nothing')).status, 404)
  })
}

/** Returns a copy of the example, set up as its README says. */
function example(): string {
  const directory = copyOf('examples/saas')
  copyFileSync(join(directory, '.env.example'), join(directory, '.env.local'))
  return directory
}

describe('examples/saas in development', () => {
  let server: Server
  before(async () => {
    server = await startServer({ command: 'dev', directory: example() })
  })
  after(() => server?.stop())
  everyRoute(() => new Client(server.url))
})

describe('examples/saas built', () => {
  let server: Server
  before(async () => {
    const directory = example()
    await build(directory)
    server = await startServer({ command: 'start', directory, args: ['--workers', '3'] })
  })
  after(() => server?.stop())
  everyRoute(() => new Client(server.url))

  test('workers share the database', async () => {
    const client = new Client(server.url)
    const count = async () => (await client.get('/api/users')).json['total'] as number
    const before = await count()
    const people = Array.from({ length: 40 }, (_, n) => ({
      name: `Person ${n}`,
      email: `person-${n}@example.com`,
      password: 'a-good-password',
    }))
    const responses = await Promise.all(
      people.map((body) => client.call('POST', '/api/users', { body })),
    )
    assert.deepEqual([...new Set(responses.map((response) => response.status))], [201])
    assert.equal(await count(), before + people.length)
  })
})

// To compare with Next.js, run `next dev` on a copy of the example and set its URL here.
if (process.env['SAAS_URL']) {
  describe('examples/saas elsewhere', () =>
    everyRoute(() => new Client(process.env['SAAS_URL'] ?? '')))
}
