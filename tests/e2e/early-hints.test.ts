/** Tests 103 (Early Hints) responses, which a handler sends before its response. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { after, before, test } from 'node:test'
import { build, project, RawClient, type Server, startServer } from './support/index.ts'

let server: Server
before(async () => {
  const directory = project({
    files: {
      'package.json': '{ "name": "hints", "private": true }',
      // The second request lets the first one respond: hints do not wait for the response.
      'pages/api/page.js': `
        let release
        const released = new Promise((resolve) => (release = resolve))
        export default async (req, res) => {
          if (req.query.release) return release(), res.end('released')
          let called = 0
          res.writeEarlyHints({ link: ['</a.css>; rel=preload; as=style', '</b.js>; rel=preload'], 'x-trace': '1' }, () => { called += 1 })
          res.writeEarlyHints({ link: '<c>', 'content-length': '5', connection: 'x-y' })
          res.writeEarlyHints({ 'x-no-link': '1' })
          if (req.query.wait) await released
          await new Promise(setImmediate)
          res.setHeader('content-type', 'text/plain').end('called ' + called)
        }`,
      'pages/api/errors.js': `
        export default (_, res) => {
          const codes = []
          const attempt = (...hints) => {
            try { res.writeEarlyHints(...hints); codes.push('none') } catch (error) { codes.push(error.code) }
          }
          attempt('text')
          attempt({ link: 'no link value' })
          attempt({ link: '<a>', 'x-a': 'b\\r\\nx-c: d' })
          attempt({})
          res.writeHead(200)
          attempt({ link: '<a>' })
          res.end(codes.join(' '))
        }`,
      'pages/api/many.js': `
        export default (_, res) => {
          const link = '<' + 'a'.repeat(4000) + '>'
          for (let i = 0; i < 2000; ++i) res.writeEarlyHints({ link })
          res.end('done')
        }`,
    },
  })
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(() => server?.stop())

const request = (path: string, version = '1.1') =>
  `GET ${path} HTTP/${version}\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n`

test('a client of HTTP/1.1 gets hints while the handler still works', async () => {
  using client = await RawClient.connect(server.port)
  await client.send(request('/api/page?wait=1'))
  const first = await client.response()
  assert.equal(first.status, 103)
  assert.equal(first.headers.link, '</a.css>; rel=preload; as=style, </b.js>; rel=preload')
  assert.equal(first.headers['x-trace'], '1')
  const second = await client.response()
  assert.deepEqual([second.status, { ...second.headers }], [103, { link: '<c>' }])
  using other = await RawClient.connect(server.port)
  await other.send(request('/api/page?release=1'))
  assert.equal((await other.response()).body, 'released')
  const last = await client.response()
  assert.deepEqual([last.status, last.body], [200, 'called 1'])
  assert.equal(last.headers.link, undefined)
})

test('a client of HTTP/1.0 gets the response only', async () => {
  using client = await RawClient.connect(server.port)
  await client.send(request('/api/page', '1.0'))
  const response = await client.response()
  assert.deepEqual([response.status, response.body], [200, 'called 1'])
})

test('a client of HTTP/2 gets hints', async () => {
  const session = connect(server.url)
  try {
    const stream = session.request({ ':path': '/api/page' })
    const hints: unknown[] = []
    stream.on('headers', (fields) => hints.push([fields[':status'], fields.link]))
    const [fields] = await once(stream, 'response')
    let body = ''
    for await (const chunk of stream.setEncoding('latin1')) body += chunk
    assert.deepEqual(hints, [
      [103, '</a.css>; rel=preload; as=style, </b.js>; rel=preload'],
      [103, '<c>'],
    ])
    assert.deepEqual([fields[':status'], body], [200, 'called 1'])
  } finally {
    session.destroy()
  }
})

test('invalid hints and hints after the head throw what Node.js throws', async () => {
  const response = await fetch(`${server.url}/api/errors`)
  assert.equal(
    await response.text(),
    'ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_VALUE ERR_INVALID_CHAR none ERR_HTTP_HEADERS_SENT',
  )
})

test('hints before one response are bounded', async () => {
  using client = await RawClient.connect(server.port)
  await client.send(request('/api/many'))
  let hints = 0
  for (;;) {
    const response = await client.response()
    if (response.status === 103) hints += 1
    else {
      assert.deepEqual([response.status, response.body], [200, 'done'])
      break
    }
  }
  assert.equal(hints, 4)
})
