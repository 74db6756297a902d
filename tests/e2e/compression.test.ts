/**
 * Tests compressed responses as clients receive them, from all sources, long ones and many at a
 * time.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { build, project, RawClient, type Server, startServer } from './support/index.ts'

/** Generates megabytes of text that compress to a few hundred kilobytes. */
const make = `(seed, size) => {
  let text = ''
  for (let i = seed; text.length < size; i = (i * 1664525 + 1013904223) % 4294967296) text += '{"id":' + (i % 100000) + '},'
  return text.slice(0, size)
}`
const text = new Function(`return ${make}`)() as (seed: number, size: number) => string
const long = 5 * 1024 * 1024

const files = {
  'package.json': '{ "name": "compression", "private": true }',
  'public/long.txt': text(1, long),
  'public/short.txt': 'short '.repeat(500),
  'app/api/kept/route.js': `
    export const dynamic = 'force-static'
    export const GET = () => new Response((${make})(2, ${long}))`,
  'pages/api/whole.js': `export default (req, res) => {
    res.setHeader('Content-Type', 'text/plain')
    res.send((${make})(3, ${long}))
  }`,
  'pages/api/short.js': `export default (req, res) => res.json('short '.repeat(500))`,
  'app/api/pieces/route.js': `
    export function GET() {
      const text = (${make})(4, ${long})
      let at = 0
      return new Response(new ReadableStream({
        pull(controller) {
          const size = at % 3 === 0 ? 100_001 : 17
          controller.enqueue(new TextEncoder().encode(text.slice(at, at + size)))
          at += size
          if (at >= text.length) controller.close()
        },
      }), { headers: { 'Content-Type': 'text/plain' } })
    }`,
}
const bodies = {
  '/long.txt': text(1, long),
  '/api/kept': text(2, long),
  '/api/whole': text(3, long),
  '/api/pieces': text(4, long),
}
const hash = (body: string): string => createHash('sha256').update(body).digest('hex')

describe('compressed responses', { timeout: 120_000 }, () => {
  let server: Server
  before(async () => {
    const directory = project({ files })
    await build(directory)
    server = await startServer({ command: 'start', directory })
  })
  after(() => server.stop())

  const get = async (path: string): Promise<string> => {
    const response = await fetch(server.url + path, { headers: { 'accept-encoding': 'gzip' } })
    assert.equal(response.headers.get('content-encoding'), 'gzip', path)
    return response.text()
  }

  test('are complete when many long ones are sent at once', async () => {
    const paths = Object.keys(bodies).flatMap((path) => [path, path])
    const responses = await Promise.all([...paths, '/short.txt'].map(get))
    for (const [index, path] of paths.entries())
      assert.equal(hash(responses[index]!), hash(bodies[path as keyof typeof bodies]), path)
    assert.equal(responses.at(-1), files['public/short.txt'])
  })

  test('have a Content-Length if they are short', async () => {
    using client = await RawClient.connect(server.port)
    await client.send('GET /api/short HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n')
    const [, fields] = await client.matching(/^HTTP\/1\.1 200 OK\r\n([\s\S]*?)\r\n\r\n/)
    assert.match(fields!, /^Content-Encoding: gzip\r?$/m)
    assert.match(fields!, /^Content-Length: \d+\r?$/m)
  })

  test('that clients do not read, or abandon, do not delay others', async () => {
    const paths = Object.keys(bodies)
    const clients = await Promise.all(paths.map(() => RawClient.connect(server.port)))
    for (const [index, client] of clients.entries()) {
      await client.send(`GET ${paths[index]} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n`)
      await client.matching(/Content-Encoding: gzip/)
      client.pause()
    }
    assert.equal(await get('/short.txt'), files['public/short.txt'])
    for (const client of clients) client[Symbol.dispose]()
    assert.equal(hash(await get('/api/kept')), hash(bodies['/api/kept']))
  })

  test('to HEAD have no body and the length of the uncompressed body', async () => {
    const response = await fetch(`${server.url}/long.txt`, {
      method: 'HEAD',
      headers: { 'accept-encoding': 'gzip' },
    })
    assert.equal(response.headers.get('content-encoding'), null)
    assert.equal(response.headers.get('content-length'), String(long))
    assert.equal(response.headers.get('vary'), 'Accept-Encoding')
  })

  test('to pipelined requests arrive in order', async () => {
    using client = await RawClient.connect(server.port)
    const request = (path: string, more = ''): string =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n${more}\r\n`
    await client.send(
      request('/api/kept') + request('/short.txt') + request('/long.txt', 'Connection: close\r\n'),
    )
    const bytes = Buffer.from(await client.closed(), 'latin1')
    const found = bodiesIn(bytes).map((body) => hash(gunzipSync(body).toString()))
    assert.deepEqual(
      found,
      [bodies['/api/kept'], files['public/short.txt'], bodies['/long.txt']].map(hash),
    )
  })
})

/** The bodies of consecutive responses, which are chunked or have a length. */
function bodiesIn(bytes: Buffer): Buffer[] {
  const all: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const body: Buffer[] = []
    const end = bytes.indexOf('\r\n\r\n', at) + 4
    const length = /^content-length: (\d+)\r$/im.exec(bytes.toString('latin1', at, end))?.[1]
    at = end
    if (length !== undefined) {
      all.push(bytes.subarray(at, (at += Number(length))))
      continue
    }
    for (;;) {
      const line = bytes.indexOf('\r\n', at)
      const size = Number.parseInt(bytes.toString('latin1', at, line), 16)
      body.push(bytes.subarray(line + 2, line + 2 + size))
      at = line + 2 + size + 2
      if (size === 0) break
    }
    all.push(Buffer.concat(body))
  }
  return all
}
