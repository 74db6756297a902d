/** Tests limits on the rate and on the number of requests by path, over HTTP/1.1 and HTTP/2. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { before, test } from 'node:test'
import { build, project, run, type Server, startServer, write } from './support/index.ts'

let directory: string
before(async () => {
  directory = project({
    files: {
      'package.json': '{ "name": "rate-limits", "private": true }',
      'public/file.txt': 'file',
      'pages/api/hello.js': `export default (req, res) => res.json({ calls: (globalThis.calls = (globalThis.calls ?? 0) + 1) })`,
      // Responds when it is told to.
      'pages/api/wait.js': `export default async (req, res) => {
          globalThis.waits = (globalThis.waits ?? 0) + 1
          await new Promise((resolve) => { globalThis.release = resolve })
          res.json({})
        }`,
      'pages/api/state.js': `export default (req, res) => {
          if (req.query.release) globalThis.release?.()
          res.json({ waits: globalThis.waits ?? 0 })
        }`,
    },
  })
  await build(directory)
})

/** Starts a server with these rules, for which clients on loopback count. */
function serve(toml: string): Promise<Server> {
  write(directory, 'millrace.toml', `[limits]\nexempt_clients = []\nlinger = 0\n${toml}`)
  return startServer({ command: 'start', directory, args: ['--workers', '1'] })
}

const twoAnHour = '[[limits.rate]]\nroutes = ["/api/hello", "/file.txt"]\nlimit = "2/1h"\n'

test('a client gets 429 beyond the rate, and the worker no request', async () => {
  await using server = await serve(twoAnHour)
  const first = await fetch(`${server.url}/api/hello`)
  assert.equal(first.status, 200)
  assert.equal(first.headers.get('ratelimit-policy'), '"rate-1";q=2;w=3600')
  assert.match(first.headers.get('ratelimit')!, /^"rate-1";r=1;t=1800$/)
  assert.equal((await fetch(`${server.url}/file.txt`)).status, 200)
  for (const path of ['/api/hello', '/file.txt', '/api/%68ello']) {
    const refused = await fetch(server.url + path)
    assert.equal(refused.status, 429)
    assert.match(refused.headers.get('retry-after')!, /^\d+$/)
    assert.match(refused.headers.get('ratelimit')!, /^"rate-1";r=0;t=\d+$/)
  }
  assert.equal((await fetch(`${server.url}/api/state`)).status, 200)
})

test('rates are the same over HTTP/2', async () => {
  await using server = await serve(twoAnHour)
  assert.equal((await fetch(`${server.url}/api/hello`)).status, 200)
  assert.equal((await fetch(`${server.url}/api/hello`)).status, 200)
  const session = connect(server.url)
  try {
    const stream = session.request({ ':path': '/api/hello' })
    const [fields] = (await once(stream, 'response')) as [Record<string, unknown>]
    assert.equal(fields[':status'], 429)
    assert.equal(fields['ratelimit-policy'], '"rate-1";q=2;w=3600')
    stream.resume()
    await once(stream, 'end')
  } finally {
    session.destroy()
  }
})

test('a reload keeps the counts of a rule and takes new rules', async () => {
  await using server = await serve(twoAnHour)
  for (const status of [200, 200, 429]) {
    assert.equal((await fetch(`${server.url}/api/hello`)).status, status)
  }
  const settings = `[limits]\nexempt_clients = []\nlinger = 0\n${twoAnHour}`
  write(directory, 'millrace.toml', settings)
  assert.equal((await run(['reload', directory])).code, 0)
  assert.equal((await fetch(`${server.url}/api/hello`)).status, 429)
  write(directory, 'millrace.toml', settings.replace('2/1h', '3/1h'))
  assert.equal((await run(['reload', directory])).code, 0)
  assert.equal((await fetch(`${server.url}/api/hello`)).status, 200)
})

test('a request in progress has a place until its end', async () => {
  await using server = await serve('[[limits.concurrency]]\nroutes = ["/api/wait"]\nlimit = 1\n')
  const waits = async () =>
    ((await (await fetch(`${server.url}/api/state`)).json()) as { waits: number }).waits
  const reached = async (count: number) => {
    while ((await waits()) < count) {
      // Asks again.
    }
  }
  const first = fetch(`${server.url}/api/wait`)
  await reached(1)
  const refused = await fetch(`${server.url}/api/wait`)
  assert.equal(refused.status, 503)
  assert.equal(refused.headers.get('retry-after'), '1')
  await fetch(`${server.url}/api/state?release=1`)
  assert.equal((await first).status, 200)
  // A client that resets its stream frees the place.
  const session = connect(server.url)
  try {
    const stream = session.request({ ':path': '/api/wait' })
    stream.on('error', () => {})
    await reached(2)
    stream.close(8)
    await once(stream, 'close')
    await new Promise<void>((resolve, reject) =>
      session.ping((error) => (error ? reject(error) : resolve())),
    )
    const second = fetch(`${server.url}/api/wait`)
    await reached(3)
    await fetch(`${server.url}/api/state?release=1`)
    assert.equal((await second).status, 200)
  } finally {
    session.destroy()
  }
})

test('a rule that cannot be read is an error with its line', async () => {
  write(directory, 'millrace.toml', '[[limits.rate]]\nroutes = ["/**"]\nlimit = "100"\n')
  const started = await run(['start', directory, '--port', '0'])
  assert.notEqual(started.code, 0)
  assert.match(
    started.stderr,
    /millrace\.toml:3: \[\[limits\.rate\]\] limit: expected requests and a time.*found "100"/,
  )
})
