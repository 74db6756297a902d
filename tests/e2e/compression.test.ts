/**
 * Tests compressed responses as clients receive them, from all sources, long ones and many at a
 * time, by default and with the codings of [compression]; and files, which have stored forms.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { symlinkSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  brotliDecompressSync,
  createGunzip,
  createZstdDecompress,
  gunzipSync,
  zstdDecompressSync,
} from 'node:zlib'
import { build, project, RawClient, run, type Server, startServer, write } from './support/index.ts'

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

const moreFiles = {
  ...files,
  'public/.hidden': 'hidden',
  'public/.well-known/shown': 'shown',
  'app/api/events/route.js': `
    let release
    export function GET(request) {
      if (request.nextUrl.searchParams.has('next')) {
        release()
        return new Response('released')
      }
      const text = new TextEncoder()
      return new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue(text.encode('data: 1\\n\\n'))
          await new Promise((resolve) => { release = resolve })
          controller.enqueue(text.encode('data: 2\\n\\n'))
          controller.close()
        },
      }), { headers: { 'Content-Type': 'text/event-stream' } })
    }`,
  'pages/api/tiny.js': `export default (req, res) => res.json('tiny')`,
}
const settings = '[compression]\nencodings = ["zstd", "br", "gzip"]\n'
const decoders: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  br: brotliDecompressSync,
  gzip: gunzipSync,
  zstd: zstdDecompressSync,
  none: (body) => body,
}

describe('codings of [compression]', { timeout: 120_000 }, () => {
  let server: Server
  let directory: string
  before(async () => {
    directory = project({ files: { ...moreFiles, 'millrace.toml': settings } })
    symlinkSync('/etc/hostname', join(directory, 'public/outside.txt'))
    await build(directory)
    server = await startServer({ command: 'start', directory })
  })
  after(() => server.stop())

  /** Sends a request, and returns the response once its head has arrived. */
  async function open(
    path: string,
    headers: Readonly<Record<string, string>>,
    method = 'GET',
  ): Promise<IncomingMessage> {
    const sent = request(server.url + path, { headers, method, agent: false })
    sent.end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return response
  }
  async function bodyOf(response: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  }
  /** Returns the response's coding and its decoded text. */
  async function get(path: string, accepted: string): Promise<[string, string]> {
    const response = await open(path, { 'accept-encoding': accepted })
    const coding = response.headers['content-encoding'] ?? 'none'
    assert.match(String(response.headers.vary), /accept-encoding/i)
    return [coding, decoders[coding]!(await bodyOf(response)).toString()]
  }

  test('are chosen by weight, then by the order of the server', async () => {
    const paths = [...Object.keys(bodies), '/short.txt', '/api/short']
    const texts: Record<string, string> = {
      ...bodies,
      '/short.txt': files['public/short.txt'],
      '/api/short': JSON.stringify(files['public/short.txt']),
    }
    for (const [accepted, expected] of [
      ['gzip, deflate, br, zstd', 'zstd'],
      ['gzip, deflate, br', 'br'],
      ['br;q=0.5, gzip;q=0.8', 'gzip'],
      ['zstd;q=0, *', 'br'],
      ['deflate', 'none'],
      ['br;q=0, gzip;q=0', 'none'],
    ] as const) {
      const found = await Promise.all(paths.map((path) => get(path, accepted)))
      for (const [index, [coding, body]] of found.entries()) {
        assert.equal(coding, expected, `${paths[index]} for ${accepted}`)
        assert.equal(hash(body), hash(texts[paths[index]!]!), `${paths[index]} for ${accepted}`)
      }
    }
  })

  test('reach short bodies of clients that refuse identity', async () => {
    assert.deepEqual(await get('/api/tiny', 'br'), ['none', '"tiny"'])
    assert.deepEqual(await get('/api/tiny', 'br, identity;q=0'), ['br', '"tiny"'])
  })

  for (const [accepted, decoder] of [
    ['zstd', createZstdDecompress],
    ['br, gzip', createGunzip],
  ] as const)
    test(`let an event be decoded before the next one exists: ${accepted}`, async () => {
      const response = await open('/api/events', { 'accept-encoding': accepted })
      const events = response.pipe(decoder()).setEncoding('utf8')
      const [first] = (await once(events, 'data')) as [string]
      assert.equal(first, 'data: 1\n\n')
      await open('/api/events?next', {}).then(bodyOf)
      const [second] = (await once(events, 'data')) as [string]
      assert.equal(second, 'data: 2\n\n')
    })

  test('have the validators of the file, and ranges are of the file itself', async () => {
    const plain = await open('/long.txt', {})
    plain.destroy()
    const etag = plain.headers.etag!
    for (const coding of ['zstd', 'br', 'gzip']) {
      const accepted = { 'accept-encoding': coding }
      const stored = await open('/long.txt', accepted)
      const body = await bodyOf(stored)
      assert.equal(stored.headers['content-length'], String(body.length))
      assert.equal(stored.headers.etag, etag)
      const known = await open('/long.txt', { ...accepted, 'if-none-match': etag })
      assert.equal(known.statusCode, 304)
      assert.match(String(known.headers.vary), /accept-encoding/i)
      known.destroy()
      const part = await open('/long.txt', { ...accepted, range: 'bytes=10-19' })
      assert.equal(part.statusCode, 206)
      assert.equal(part.headers['content-encoding'], undefined)
      assert.equal((await bodyOf(part)).toString(), bodies['/long.txt'].slice(10, 20))
      const whole = await open('/long.txt', { range: 'bytes=10-19', 'if-range': etag })
      assert.equal(whole.statusCode, 200)
      whole.destroy()
    }
  })

  test('are turned off, and links kept within the project, by a reload', async () => {
    const outside = await open('/outside.txt', {})
    assert.equal(outside.statusCode, 200)
    outside.destroy()
    write(
      directory,
      'millrace.toml',
      '[server]\nfollow_links = "project"\n[compression]\nenabled = false\n',
    )
    assert.equal((await run(['reload', directory])).code, 0)
    for (const path of ['/long.txt', '/api/short']) {
      const response = await open(path, { 'accept-encoding': 'gzip, br, zstd' })
      assert.equal(response.headers['content-encoding'], undefined, path)
      response.destroy()
    }
    const refused = await open('/outside.txt', {})
    assert.equal(refused.statusCode, 404)
    refused.destroy()
  })

  test('do not concern files whose names begin with a dot, which are not sent', async () => {
    const hidden = await open('/.hidden', {})
    assert.equal(hidden.statusCode, 400)
    hidden.destroy()
    assert.equal((await bodyOf(await open('/.well-known/shown', {}))).toString(), 'shown')
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
