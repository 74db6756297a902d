/**
 * Tests `millrace verify`: it sends the same requests to two servers, reports the result, and sets
 * the exit code.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { build, project, run, startServer, write } from './support/index.ts'

const servers: Server[] = []
after(() => {
  for (const server of servers) server.close().closeAllConnections()
})

/** Starts another server of the same routes; returns its URL. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const json = (value: unknown) => JSON.stringify(value)

/** Responds as the project's routes do under Next.js. */
const twin: RequestListener = (request, response) => {
  const url = new URL(request.url!, 'http://x')
  const chunks: Buffer[] = []
  const send = (status: number, value: unknown, fields: Record<string, string> = {}) => {
    response.writeHead(status, {
      vary: 'rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch, Accept-Encoding',
      'content-type': 'application/json',
      ...fields,
    })
    response.end(request.method === 'HEAD' ? undefined : json(value))
  }
  const signedIn = /session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
  request
    .on('data', (chunk: Buffer) => chunks.push(chunk))
    .on('end', () => {
      if (request.method === 'OPTIONS')
        response
          .writeHead(204, {
            allow: url.pathname === '/api/session' ? 'OPTIONS, POST' : 'GET, HEAD, OPTIONS',
          })
          .end()
      else if (url.pathname === '/api/same') send(200, { a: 1, host: request.headers.host })
      else if (url.pathname === '/api/random') send(200, { a: 1, value: crypto.randomUUID() })
      else if (url.pathname === '/api/session' && request.method === 'POST') {
        const session = crypto.randomUUID()
        send(
          201,
          { session, got: JSON.parse(Buffer.concat(chunks).toString()) as unknown },
          { 'set-cookie': `session=${session}; Path=/` },
        )
      } else if (url.pathname === '/api/session') response.writeHead(405).end()
      else
        send(signedIn === undefined ? 401 : 200, {
          signedIn: signedIn ?? null,
          item: url.pathname.split('/').at(-1),
        })
    })
}

/** Returns the table's line of a request. */
const lineOf = (text: string, request: string) =>
  text.split('\n').find((line) => line.replace(/\s+/g, ' ').includes(request)) ??
  `no line of ${request} in ${text}`

describe('millrace verify', () => {
  let directory = ''
  before(async () => {
    directory = project({
      files: {
        'app/api/same/route.js': `export const dynamic = 'force-dynamic'\nexport const GET = (request) => Response.json({ a: 1, host: request.headers.get('host') })`,
        'app/api/random/route.js': `export const dynamic = 'force-dynamic'\nexport const GET = () => Response.json({ a: 1, value: crypto.randomUUID() })`,
        'app/api/session/route.js': `
          export const POST = async (request) => {
            const session = crypto.randomUUID()
            return Response.json({ session, got: await request.json() }, { status: 201, headers: { 'set-cookie': \`session=\${session}; Path=/\` } })
          }`,
        'app/api/items/[id]/route.js': `
          export const GET = async (request, { params }) => {
            const { id } = await params
            const signedIn = request.cookies.get('session')?.value ?? null
            return Response.json({ signedIn, item: id }, { status: signedIn ? 200 : 401 })
          }`,
        'requests.http': `
### signs in
# @name login
POST http://localhost:3000/api/session
Content-Type: application/json

{"user": "ada", "key": "{{$guid}}"}

### with the cookie of the one before
GET /api/items/{{login.response.body.$.session}}

### without
# @no-cookie-jar
GET /api/items/1
`,
      },
    })
    await build(directory)
  })

  const verify = (...args: string[]) => run(['verify', ...args, directory])

  test('sends GET, HEAD and OPTIONS to each static route, and finds no difference', async () => {
    const { code, stdout, stderr } = await verify('--against', await serve(twin))
    assert.equal(code, 0, stdout + stderr)
    for (const path of ['/api/same', '/api/random', '/api/session']) {
      for (const method of ['GET', 'HEAD', 'OPTIONS'])
        assert.match(lineOf(stdout, ` ${method} ${path}`), /^equal /)
    }
    assert.match(lineOf(stdout, 'GET /api/random'), /volatile: body \$\.value$/)
    assert.match(
      stdout,
      /^9 requests: 9 equal, 0 differ, 0 differ as allowed; 1 with volatile places$/m,
    )
    assert.match(stdout, /^not requested, .*: \/api\/items\/\[id\]$/m)
  })

  test('sends a file of requests, with cookies and captured values per server', async () => {
    const { code, stdout, stderr } = await verify(
      '--against',
      await serve(twin),
      '--requests',
      join(directory, 'requests.http'),
    )
    assert.equal(code, 0, stdout + stderr)
    assert.match(stdout, /^3 requests: 3 equal, /m)
  })

  test('names the first difference and exits with 1, unless it is allowed', async () => {
    const other = await serve((request, response) => {
      if (request.url !== '/api/same' || request.method !== 'GET') return twin(request, response)
      response
        .writeHead(200, {
          vary: 'Accept-Encoding',
          'content-type': 'application/json',
          'x-other': '1',
        })
        .end(json({ a: 2, host: request.headers.host }))
    })
    const outcome = await verify('--against', other)
    assert.equal(outcome.code, 1, outcome.stderr)
    assert.match(
      lineOf(outcome.stdout, ' GET /api/same'),
      new RegExp(
        `^differs +GET +/api/same +header x-other: ${other} "1", millrace none \\(and 1 more\\)$`,
      ),
    )

    write(directory, 'allowed', '# looked at\nGET /api/same body $.a\n')
    const allowed = await verify(
      '--against',
      other,
      '--allow',
      '* header x-other',
      '--allow',
      'GET /nowhere *',
      '--allow-file',
      join(directory, 'allowed'),
      '--json',
    )
    assert.equal(allowed.code, 0, allowed.stdout + allowed.stderr)
    const { requests, notes } = JSON.parse(allowed.stdout) as {
      requests: { method: string; path: string; result: string; differences: object[] }[]
      notes: string[]
    }
    const same = requests.find(({ method, path }) => method === 'GET' && path === '/api/same')
    assert.deepEqual(same, {
      method: 'GET',
      path: '/api/same',
      result: 'allowed',
      volatile: [],
      differences: [
        { place: 'header x-other', reference: '"1"', millrace: null, allowed: '* header x-other' },
        { place: 'body $.a', reference: '2', millrace: '1', allowed: 'GET /api/same body $.a' },
      ],
    })
    assert.ok(notes.includes('the allowance "GET /nowhere *" matches no difference'))
  })

  test('compares with a Millrace server that is already running', async () => {
    const url = await serve(twin)
    const { code, stdout, stderr } = await verify('--against', url, '--url', await serve(twin))
    assert.equal(code, 0, stdout + stderr)
  })

  test('an endless response is cut off, and compared up to there', async () => {
    const endless: RequestListener = (_request, response) =>
      void response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    const [url, requests] = [await serve(endless), join(directory, 'one.http')]
    write(directory, 'one.http', 'GET /stream')
    const { code, stdout, stderr } = await verify(
      '--against',
      url,
      '--url',
      await serve(endless),
      '--requests',
      requests,
      '--timeout',
      '1',
    )
    assert.equal(code, 0, stdout + stderr)
  })

  test('without --against, an engine that cannot build is reported, and no build remains', async () => {
    const plain = project({
      files: { 'pages/api/a.js': 'export default (req, res) => res.json(1)' },
    })
    await build(plain)
    const builds = async () => (await run(['builds', plain])).stdout
    const before = await builds()
    const { code, stderr } = await run(['verify', plain])
    assert.equal(code, 2)
    assert.match(
      stderr,
      /^error: the project cannot be built with the engine next\nerror: .*Next\.js is not installed/m,
    )
    assert.equal(await builds(), before)
    assert.equal((await run(['verify', '--url', 'http://localhost:1', plain])).code, 2)
  })

  test('exits with 2 and a reason if it cannot compare', async () => {
    const missing = await verify('--against', 'http://127.0.0.1:1')
    assert.deepEqual([missing.code, missing.stdout], [2, ''])
    assert.match(missing.stderr, /^error: --against: nothing listens at 127\.0\.0\.1:1 /)
    const unbuilt = await run([
      'verify',
      '--against',
      await serve(twin),
      project({ files: { 'pages/api/a.js': 'export default () => {}' } }),
    ])
    assert.equal(unbuilt.code, 2)
    assert.match(unbuilt.stderr, /millrace build/)
    write(directory, 'wrong.http', 'hello there')
    const invalid = await verify(
      '--against',
      await serve(twin),
      '--requests',
      join(directory, 'wrong.http'),
    )
    assert.equal(invalid.code, 2)
    assert.match(invalid.stderr, /wrong\.http:1: "hello there" is not a request line/)
  })
})

test('a build can be served by its name, and the current one stays current', async () => {
  const directory = project({
    files: { 'pages/api/a.js': 'export default (req, res) => res.json("first")' },
  })
  await build(directory)
  write(directory, 'pages/api/a.js', 'export default (req, res) => res.json("second")')
  const { stdout } = await build(directory, { args: ['--aside', '--engine', 'light'] })
  const name = /start --build (\S+)`/.exec(stdout)?.[1]
  assert.ok(name !== undefined, stdout)
  const bodyOf = async (...args: string[]) => {
    await using server = await startServer({
      command: 'start',
      directory,
      args: ['--workers', '1', ...args],
    })
    return (await (
      await fetch(`${server.url}/api/a`, { headers: { connection: 'close' } })
    ).json()) as string
  }
  assert.deepEqual([await bodyOf(), await bodyOf('--build', name)], ['first', 'second'])
  const missing = await run(['start', directory, '-p', '0', '--build', 'none'])
  assert.equal(missing.code, 1)
  assert.match(
    missing.stdout + missing.stderr,
    new RegExp(`there is no build none in .*; it contains: .*${name}`),
  )
})
