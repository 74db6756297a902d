/**
 * Tests requests without a route if the project listens for requests on `res.socket.server`, as
 * Socket.IO does.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, project, rawRequest, startServer } from './support/index.ts'

const attach = `export default (req, res) => {
  const { server } = res.socket
  const before = server.listeners('request').slice()
  if (req.query.off) {
    server.removeAllListeners('request')
    server.on('request', globalThis.routes)
  } else {
    globalThis.routes = before[0]
    server.removeAllListeners('request')
    server.on('request', (req, res) => {
      if (!req.url.startsWith('/live')) return before[0](req, res)
      let body = ''
      req.on('data', (text) => (body += text)).on('end', () => res.end('live ' + req.method + ' ' + req.url + ' ' + body))
    })
  }
  res.end('done')
}`

for (const [name, config] of [
  [
    'with rules',
    `export default { headers: async () => [{ source: '/:path*', headers: [{ key: 'x-rule', value: 'yes' }] }] }`,
  ],
  ['without', 'export default {}'],
] as const) {
  test(`a request listener gets the requests that match no route: ${name}`, async () => {
    const directory = project({
      files: {
        'package.json': '{ "private": true }',
        'next.config.mjs': config,
        'pages/api/attach.js': attach,
      },
    })
    await build(directory)
    await using server = await startServer({
      command: 'start',
      directory,
      args: ['--workers', '1'],
    })
    const send = async (
      target: string,
      method = 'GET',
      body = '',
    ): Promise<{ status: number; body: string }> => {
      const response = await rawRequest(
        server.port,
        `${method} ${target} HTTP/1.1\r\nHost: test\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      )
      return { status: response.status, body: String(response.body).trim() }
    }
    const none = { status: 404, body: 'This page could not be found.' }
    assert.deepEqual(await send('/live?a=1'), none)
    assert.equal((await send('/api/attach')).body, 'done')
    assert.deepEqual(await send('/live?a=1'), { status: 200, body: 'live GET /live?a=1' })
    assert.deepEqual(await send('/live', 'POST', 'sent'), {
      status: 200,
      body: 'live POST /live sent',
    })
    assert.deepEqual(await send('/elsewhere'), none)
    assert.equal((await send('/api/attach?off=1')).body, 'done')
    assert.deepEqual(await send('/live'), none)
  })
}
