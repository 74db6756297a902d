/**
 * Tests what a server logs: the access log, messages as JSON, request ids, secrets, rotation, and
 * the lines that a developer sees.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { build, project, RawClient, run, type Server, startServer } from './support/index.ts'

const timeout = 120_000
const trace = '0af7651916cd43dd8448eb211c80319c'
const traceparent = `00-${trace}-b7ad6b7169203331-01`

const files = {
  'package.json': '{ "name": "logs", "private": true }',
  'pages/api/users/[id].ts': `import type { NextApiRequest, NextApiResponse } from 'next'
export default async function handler(req: NextApiRequest, res: NextApiResponse) {
  await new Promise((resolve) => setTimeout(resolve, 1))
  console.log('user', req.query['id'])
  res.json({ id: req.headers['x-request-id'] ?? null })
}`,
  'app/api/fail/route.ts': `import { after } from 'next/server'

function broken(): never {
  throw new Error('broken on purpose')
}

export async function GET() {
  await null
  after(() => console.warn('after the response'))
  return broken()
}`,
  'app/api/slow/route.ts': `export const maxDuration = 1
export const GET = () => new Promise<Response>(() => {})`,
  'app/api/silent/route.ts': `export const GET = () => new Promise<Response>(() => {})`,
  'app/api/cached/route.ts': `export const dynamic = 'force-static'
export const GET = () => Response.json('cached')`,
}

/** Waits until \`look\` returns something else than undefined. */
async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look()
    if (found !== undefined) return found
    await pause(10)
  }
}

type Entry = Readonly<Record<string, unknown>>

/** Returns the complete lines of a log. */
function entries(text: string): Entry[] {
  const lines = text.split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Entry)
}

describe('production', { timeout }, () => {
  let directory: string
  let server: Server
  const accessFile = () => join(directory, 'access.log')

  /** Waits for a line of the access log. */
  const logged = (fits: (entry: Entry) => boolean): Promise<Entry> =>
    until(() => entries(readFileSync(accessFile(), 'utf8')).find(fits))
  /** Waits for a message. */
  const said = (fits: (entry: Entry) => boolean): Promise<Entry> =>
    until(() => entries(server.output()).find(fits))

  before(async () => {
    directory = project({
      files: {
        ...files,
        'millrace.toml': `[log]
format = "json"
access = "json"
access_file = "access.log"
silence = "1s"
`,
      },
    })
    await build(directory)
    server = await startServer({ command: 'start', directory })
  })
  after(() => server.stop())

  test('a request is one line of the access log', async () => {
    const response = await fetch(`${server.url}/api/users/7?full=1&token=abc`, {
      headers: { 'X-Request-Id': 'given-1', traceparent, Authorization: 'Bearer hidden' },
    })
    assert.equal(response.headers.get('x-request-id'), 'given-1')
    assert.deepEqual(await response.json(), { id: 'given-1' })
    const { time, total_ms, queue_ms, handler_ms, ...line } = await logged(
      (entry) => entry['request_id'] === 'given-1',
    )
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.ok(Number(total_ms) >= Number(queue_ms) + Number(handler_ms))
    assert.ok(Number(handler_ms) >= 1)
    assert.deepEqual(line, {
      level: 'info',
      message: 'request',
      method: 'GET',
      path: '/api/users/7?full=1&token=***',
      status: 200,
      bytes: '{"id":"given-1"}'.length,
      received: 0,
      from: 'worker',
      route: '/api/users/[id]',
      pool: 'default',
      client: '127.0.0.1',
      request_id: 'given-1',
      trace_id: trace,
    })
    assert.doesNotMatch(readFileSync(accessFile(), 'utf8'), /hidden|abc/)
  })

  test("an unsafe id is replaced, and the handler gets the response's id", async () => {
    const response = await fetch(`${server.url}/api/users/8`, {
      headers: { 'X-Request-Id': 'a b\\"c' },
    })
    const { id } = (await response.json()) as { id: string }
    assert.match(id, /^[0-9a-f]{32}$/)
    assert.equal(response.headers.get('x-request-id'), id)
    await logged((entry) => entry['request_id'] === id)
  })

  test('lines of a handler name its request, also after an await', async () => {
    await (
      await fetch(`${server.url}/api/users/9`, { headers: { 'X-Request-Id': 'lines' } })
    ).text()
    const { time: _, ...line } = await said((entry) => entry['request_id'] === 'lines')
    assert.deepEqual(line, {
      level: 'info',
      message: 'user 9',
      source: 'project',
      request_id: 'lines',
      method: 'GET',
      path: '/api/users/9',
      route: '/api/users/[id]',
    })
  })

  test('an error and what follows it name the request and the source file', async () => {
    const response = await fetch(`${server.url}/api/fail`, {
      headers: { 'X-Request-Id': 'failed' },
    })
    assert.equal(response.status, 500)
    const error = await said((entry) => /broken on purpose/.test(String(entry['message'])))
    assert.equal(error['request_id'], 'failed')
    assert.equal(error['level'], 'error')
    assert.equal(error['route'], '/api/fail')
    assert.match(String(error['message']), /app\/api\/fail\/route\.ts:4:9/)
    assert.doesNotMatch(String(error['message']), /\.mjs:\d+:\d+\)?\n? +at GET/)
    const later = await said((entry) => entry['message'] === 'after the response')
    assert.equal(later['request_id'], 'failed')
  })

  test('a request beyond its maxDuration, and one without a response, leave a line', async () => {
    const client = await RawClient.connect(server.port)
    client.send('GET /api/silent?token=abc HTTP/1.1\r\nHost: a\r\nX-Request-Id: silent\r\n\r\n')
    const slow = await fetch(`${server.url}/api/slow`, { headers: { 'X-Request-Id': 'slow' } })
    assert.equal(slow.status, 504)
    const overdue = await said((entry) => /maxDuration/.test(String(entry['message'])))
    assert.equal(
      overdue['message'],
      'GET /api/slow: the route /api/slow (app/api/slow/route.ts) took longer than its maxDuration; the client gets a 504',
    )
    assert.equal(overdue['request_id'], 'slow')
    const silent = await said((entry) => entry['request_id'] === 'silent')
    assert.match(
      String(silent['message']),
      /^GET \/api\/silent: the route \/api\/silent \(app\/api\/silent\/route\.ts\) is still waiting for a response after \d+ s$/,
    )
    client.destroy()
    const left = await logged((entry) => entry['request_id'] === 'silent')
    assert.equal(left['end'], 'client_left')
    assert.equal(left['status'], 0)
    assert.equal(left['path'], '/api/silent?token=***')
  })

  test('the cache, the server itself and invalid requests are named', async () => {
    for (const id of ['cached-1', 'cached-2'])
      await (await fetch(`${server.url}/api/cached`, { headers: { 'X-Request-Id': id } })).text()
    const cached = await logged((entry) => entry['request_id'] === 'cached-2')
    assert.equal(cached['from'], 'cache')
    assert.equal(cached['cache'], 'HIT')
    await (await fetch(`${server.url}/none`, { headers: { 'X-Request-Id': 'none' } })).text()
    const none = await logged((entry) => entry['request_id'] === 'none')
    assert.equal(none['status'], 404)
    assert.equal(none['route'], undefined)
    const client = await RawClient.connect(server.port)
    client.send('GET / HTTP/9.9\r\n\r\n')
    await client.closed()
    const invalid = await logged((entry) => entry['method'] === undefined)
    assert.ok([400, 505].includes(Number(invalid['status'])))
  })

  test('source maps are beside the build and not served', async () => {
    const builds = join(directory, '.millrace', 'current')
    assert.ok(existsSync(builds) || existsSync(join(directory, '.millrace', 'builds')))
    for (const path of ['/_next/static/index.mjs.map', '/.millrace/current/index.mjs.map'])
      assert.equal((await fetch(`${server.url}${path}`)).status, 404)
  })

  test('SIGUSR1 opens the file anew', async () => {
    renameSync(accessFile(), `${accessFile()}.1`)
    process.kill(server.pid, 'SIGUSR1')
    await until(() => (existsSync(accessFile()) ? true : undefined))
    await (await fetch(`${server.url}/api/users/1`, { headers: { 'X-Request-Id': 'new' } })).text()
    await logged((entry) => entry['request_id'] === 'new')
  })
})

test('the access log can be turned on from the command line', { timeout }, async () => {
  const directory = project({ files })
  await build(directory)
  await using server = await startServer({
    command: 'start',
    directory,
    args: ['--access-log', 'common'],
  })
  const response = await fetch(`${server.url}/api/users/1`)
  const id = response.headers.get('x-request-id')
  await response.text()
  const [line] = await server.printed(/^127\.0\.0\.1 - - \[.*$/m)
  assert.match(
    line,
    /^127\.0\.0\.1 - - \[\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/api\/users\/1 HTTP\/1\.1" 200 \d+ time=[\d.]+ queue=[\d.]+ handler=[\d.]+ from=worker route=\/api\/users\/\[id\] pool=default id=[0-9a-f]{32}$/,
  )
  assert.ok(line.includes(`id=${id}`))
  // A line of text names the request by its id.
  await server.printed(new RegExp(`^\\[${id}\\] user 1$`, 'm'))
  assert.match(server.output(), /Millrace \d+\.\d+\.\d+ \(production\)/)
  assert.match(server.output(), /Network: +http:\/\/|Network: +none/)
  assert.match(server.output(), /Serves: +5 routes/)
  assert.match(server.output(), /Pools: +default \(/)
})

test('without an access log responses have no request id', { timeout }, async () => {
  const directory = project({ files })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  const response = await fetch(`${server.url}/api/users/1`)
  assert.equal(response.headers.get('x-request-id'), null)
  assert.deepEqual(await response.json(), { id: null })
})

test('a log file that cannot be opened is an error at the start', { timeout }, async () => {
  const directory = project({
    files: { ...files, 'millrace.toml': '[log]\naccess = "json"\naccess_file = "none/a.log"\n' },
  })
  await build(directory)
  const { code, stderr } = await run(['start', directory, '-p', '0'])
  assert.equal(code, 1)
  assert.match(stderr, /cannot open the log file .*none\/a\.log: No such file or directory/)
})

test('in development each request is a line, under which are the lines of its handler', {
  timeout,
}, async () => {
  const directory = project({ files })
  await using server = await startServer({ command: 'dev', directory })
  await (await fetch(`${server.url}/api/users/7?token=abc`)).text()
  await server.printed(
    /^ GET \/api\/users\/7\?token=\*\*\*\nuser 7\n GET \/api\/users\/7\?token=\*\*\* 200 in [\d.]+ ms \(.*handler [\d.]+ ms\), \d+ B$/m,
  )
  await (await fetch(`${server.url}/none`)).text()
  await server.printed(/^ GET \/none 404 in [\d.]+ ms, \d+ B$/m)
  assert.ok(!server.output().includes('\u001b['))
  assert.match(server.output(), /Millrace \d+\.\d+\.\d+ \(development\)/)
})
