/** Tests requests with the method QUERY (RFC 10008), which is safe and has a body. */
import assert from 'node:assert/strict'
import { connect } from 'node:http2'
import { after, before, test } from 'node:test'
import { build, project, rawRequest, type Server, startServer } from './support/index.ts'

let server: Server
before(async () => {
  const directory = project({
    files: {
      'package.json': '{ "name": "query", "private": true }',
      'pages/api/search.js': `
        export default (req, res) => res.json([req.method, req.body])`,
      'app/api/route/route.js': `
        export const GET = () => new Response('get')
        export const QUERY = () => new Response('query')`,
    },
  })
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(() => server?.stop())

const query = (path: string) =>
  `QUERY ${path} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{"a":1}`

test('an API route gets the method and the body', async () => {
  const { status, body } = await rawRequest(server.port, query('/api/search'))
  assert.equal(status, 200)
  assert.deepEqual(JSON.parse(body), ['QUERY', { a: 1 }])
})

test('over HTTP/2 too', async () => {
  const session = connect(server.url)
  try {
    const fields = {
      ':method': 'QUERY',
      ':path': '/api/search',
      'content-type': 'application/json',
    }
    const stream = session.request(fields, { endStream: false })
    stream.end('{"a":1}')
    let body = ''
    for await (const chunk of stream.setEncoding('utf8')) body += chunk
    assert.deepEqual(JSON.parse(body), ['QUERY', { a: 1 }])
  } finally {
    session.destroy()
  }
})

test('a route handler does not know it, as under Next.js', async () => {
  assert.equal((await rawRequest(server.port, query('/api/route'))).status, 400)
})
