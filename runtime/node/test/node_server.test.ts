import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TestProject, TestServer } from './support.ts'

/** As Socket.IO attaches itself. */
const attach = `
  const { server } = res.socket
  if (!server.io) {
    server.io = true
    const before = server.listeners('request').slice()
    server.removeAllListeners('request')
    server.on('request', (req, res) => {
      if (req.url.startsWith('/api/live')) {
        let body = ''
        req.on('data', (text) => (body += text)).on('end', () => { res.setHeader('Content-Type', 'text/plain'); res.end('live ' + req.method + ' ' + req.url + ' ' + body) })
      } else before.forEach((listener) => listener.call(server, req, res))
    })
  }`

test('who listens for requests hears of them before their routes', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    { source: `export default (req, res) => { ${attach}; res.json({ ready: true, body: req.body }) }` },
    { kind: 'app', source: `export const POST = async (request) => Response.json({ app: await request.text() })` },
    { path: '/api/live', source: `export default (req, res) => res.end('the route')` },
    { source: `export default (req, res) => { res.socket.server.removeAllListeners('request'); res.end('gone') }` },
  ])
  assert.equal((await server.request({ route: 2, url: '/api/live' })).text, 'the route')
  assert.equal((await server.request({ route: 0, url: '/api/0' })).text, '{"ready":true,"body":""}')
  assert.equal((await server.request({ route: 2, url: '/api/live?EIO=4' })).text, 'live GET /api/live?EIO=4 ')
  assert.equal((await server.request({ route: 2, url: '/api/live', body: 'sent' })).text, 'live POST /api/live sent')
  assert.equal((await server.request({ route: 1, url: '/api/1', body: 'for the route' })).text, '{"app":"for the route"}')
  const headers = [['Host', 'a'], ['Content-Type', 'application/json']] as const
  assert.equal((await server.request({ route: 0, url: '/api/0', body: '{"a":1}', headers })).text, '{"ready":true,"body":{"a":1}}')
})

test('node:http is joined when it is first imported, for requests at hand as well', async () => {
  using project = new TestProject()
  const late = (take: string): string => `export default async (req, res) => {
    const http = ${take}
    Object.setPrototypeOf(req, Object.create(http.IncomingMessage.prototype)); Object.setPrototypeOf(res, Object.create(http.ServerResponse.prototype))
    http.OutgoingMessage.prototype.setHeader.call(res, 'x-late', '1')
    res.json([req instanceof http.IncomingMessage, res instanceof http.ServerResponse, req.method, req.query])
  }`
  const ways = [`await import('node:http')`, `(await import('node:module')).createRequire(import.meta.url)('http')`, `process.getBuiltinModule('http')`]
  for (const way of ways) {
    await using server = await TestServer.start(project, [{ source: late(way) }])
    for (const turn of ['first', 'second']) {
      const answer = await server.request({ url: `/api/0?turn=${turn}` })
      assert.deepEqual([answer.header('x-late'), answer.text], ['1', `[true,true,"GET",{"turn":"${turn}"}]`], way)
    }
  }
})

test('res.flush() is there, and what is written goes out', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    { source: `export default (req, res) => { res.flush(); res.write('one'); res.flush(); globalThis.end = () => res.end('two') }` },
    { source: `export default (req, res) => { end(); res.end() }` },
  ])
  const open = server.open({ url: '/api/0' })
  await open.until(() => open.received === 3)
  await server.request({ route: 1 })
  assert.equal((await open.answer()).text, 'onetwo')
})
