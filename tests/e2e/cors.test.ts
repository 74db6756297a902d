/** Tests CORS and response fields of millrace.toml on routes, files and errors. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { before, test } from 'node:test'
import { build, project, run, type Server, startServer, write } from './support/index.ts'

const origin = 'https://app.example.com'
const rules = `[limits]
exempt_clients = []
linger = 0
[[limits.rate]]
routes = ["/api/limited"]
limit = "1/1h"
[[cors]]
routes = ["/api/**", "/file.txt"]
origins = ["https://*.example.com"]
methods = ["GET", "PUT"]
headers = ["X-A"]
expose = ["X-B"]
credentials = true
[[headers]]
routes = ["/**"]
set = { "X-Frame-Options" = "DENY" }
security = true
`

let directory: string
before(async () => {
  directory = project({
    files: {
      'package.json': '{ "name": "cors", "private": true }',
      'public/file.txt': 'file',
      'pages/api/hello.js': `export default (req, res) => res.json({ method: req.method })`,
      'pages/api/limited.js': `export default (req, res) => res.json({})`,
      'pages/api/own.js': `export default (req, res) => {
          res.setHeader('Access-Control-Allow-Origin', '*')
          res.setHeader('X-Frame-Options', 'SAMEORIGIN')
          res.json({})
        }`,
    },
  })
  await build(directory)
})

function serve(): Promise<Server> {
  write(directory, 'millrace.toml', rules)
  return startServer({ command: 'start', directory, args: ['--workers', '1'] })
}

test('the server responds to preflight requests', async () => {
  await using server = await serve()
  const ask = (from: string) =>
    fetch(`${server.url}/api/hello`, {
      method: 'OPTIONS',
      headers: { origin: from, 'access-control-request-method': 'PUT' },
    })
  const allowed = await ask(origin)
  assert.equal(allowed.status, 204)
  assert.equal(allowed.headers.get('access-control-allow-origin'), origin)
  assert.equal(allowed.headers.get('access-control-allow-methods'), 'GET, PUT')
  assert.equal(allowed.headers.get('access-control-allow-headers'), 'X-A')
  assert.equal(allowed.headers.get('access-control-allow-credentials'), 'true')
  assert.equal(allowed.headers.get('access-control-max-age'), '600')
  assert.match(allowed.headers.get('vary')!, /Origin/)
  for (const other of ['https://example.com', 'https://app.example.com.evil.org', 'null']) {
    const refused = await ask(other)
    assert.equal(refused.status, 403)
    assert.equal(refused.headers.get('access-control-allow-origin'), null)
  }
  const plain = await fetch(`${server.url}/api/hello`, { method: 'OPTIONS', headers: { origin } })
  assert.deepEqual(await plain.json(), { method: 'OPTIONS' })
})

test('responses of routes, files and errors have the fields', async () => {
  await using server = await serve()
  await fetch(`${server.url}/api/limited`)
  for (const [path, status] of [
    ['/api/hello', 200],
    ['/file.txt', 200],
    ['/api/none', 404],
    ['/api/limited', 429],
  ] as const) {
    const response = await fetch(server.url + path, { headers: { origin } })
    await response.arrayBuffer()
    assert.equal(response.status, status, path)
    const fields = response.headers
    assert.equal(fields.get('access-control-allow-origin'), origin, path)
    assert.equal(fields.get('access-control-expose-headers'), 'X-B', path)
    assert.match(fields.get('vary')!, /\bOrigin\b/, path)
    assert.equal(fields.get('x-frame-options'), 'DENY', path)
    assert.equal(fields.get('x-content-type-options'), 'nosniff', path)
  }
})

test("a handler's own fields win", async () => {
  await using server = await serve()
  const { headers } = await fetch(`${server.url}/api/own`, { headers: { origin } })
  assert.equal(headers.get('access-control-allow-origin'), '*')
  assert.equal(headers.get('access-control-allow-credentials'), null)
  assert.equal(headers.get('x-frame-options'), 'SAMEORIGIN')
})

test('the fields are the same over HTTP/2', async () => {
  await using server = await serve()
  const session = connect(server.url)
  try {
    const stream = session.request({ ':path': '/api/hello', origin })
    const [fields] = (await once(stream, 'response')) as [Record<string, unknown>]
    assert.equal(fields['access-control-allow-origin'], origin)
    assert.equal(fields['x-frame-options'], 'DENY')
    stream.resume()
    await once(stream, 'end')
  } finally {
    session.destroy()
  }
})

test('all origins with credentials are an error', async () => {
  write(
    directory,
    'millrace.toml',
    '[[cors]]\nroutes = ["/**"]\norigins = ["*"]\ncredentials = true\n',
  )
  const started = await run(['start', directory, '--port', '0'])
  assert.notEqual(started.code, 0)
  assert.match(started.stderr, /millrace\.toml:3: .*credentials = true/)
})
