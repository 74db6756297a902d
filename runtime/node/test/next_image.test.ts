/**
 * Tests the route of optimised images with the optimiser of the installed Next.js: local and remote
 * sources, the cache on disk, refusals, and one optimisation for concurrent requests.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { imageEntry } from '../src/next_engine/image.ts'
import type { ProjectNext } from '../src/next_engine/project_next.ts'
import type { OutgoingResponse } from '../src/pages/outgoing_response.ts'
import type { ApiRequest } from '../src/pages/request.ts'

const require = createRequire(import.meta.url)
const { imageConfigDefault } = require('next/dist/shared/lib/image-config') as {
  imageConfigDefault: object
}
const picture = readFileSync(new URL('../../../tests/e2e/images/public/photo.png', import.meta.url))

const distDir = mkdtempSync(join(tmpdir(), 'millrace-images-'))
const asked: string[] = []
let hold: Promise<void> | undefined
let arrived: () => void = () => undefined
let site: Server
let images: Server

const originOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const listening = (server: Server): Promise<Server> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))

before(async () => {
  site = await listening(
    createServer({ keepAliveTimeout: 0 }, (req, res) => {
      asked.push(`${req.method} ${req.url}`)
      if (req.url === '/missing.png') {
        res.writeHead(404).end('none')
        return
      }
      const send = (): void => void res.setHeader('Content-Type', 'image/png').end(picture)
      if (req.url !== '/held.png') {
        send()
        return
      }
      arrived()
      void hold!.then(send)
    }),
  )
  const next = {
    distDir,
    config: {
      basePath: '',
      experimental: { isrFlushToDisk: true },
      images: {
        ...imageConfigDefault,
        dangerouslyAllowLocalIP: true,
        remotePatterns: [{ protocol: 'http', hostname: '127.0.0.1', pathname: '/remote/**' }],
      },
    },
    load: require,
  }
  const { handler } = imageEntry(next as unknown as ProjectNext)
  images = await listening(
    createServer({ keepAliveTimeout: 0 }, (req, res) => {
      // fetch() adds it to conditional requests, and it would rule out a 304.
      delete req.headers['cache-control']
      if (req.headers['x-unknown'] === undefined) req.headers['x-millrace-server'] = originOf(site)
      const { searchParams } = new URL(req.url!, 'http://n')
      const requestMeta = { query: Object.fromEntries(searchParams) } as never
      void handler(req as unknown as ApiRequest, res as unknown as OutgoingResponse, {
        waitUntil: () => undefined,
        requestMeta,
      })
    }),
  )
})
after(() => {
  for (const server of [site, images]) {
    server?.close()
    server?.closeAllConnections()
  }
  rmSync(distDir, { recursive: true, force: true })
})

const ask = (url: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${originOf(images)}/_next/image?url=${encodeURIComponent(url)}&w=64&q=75`, init)

test('an image of the site is fetched from the server, optimised and stored', async () => {
  const first = await ask('/a b.png?v=1#part', { headers: { accept: 'image/webp' } })
  assert.equal(first.status, 200)
  assert.equal(first.headers.get('content-type'), 'image/webp')
  assert.equal(first.headers.get('vary'), 'Accept')
  assert.equal(first.headers.get('x-nextjs-cache'), 'MISS')
  assert.equal(first.headers.get('content-disposition'), 'attachment; filename="a b.webp"')
  assert.match(first.headers.get('cache-control')!, /^public, max-age=\d+, must-revalidate$/)
  assert.deepEqual(asked, ['GET /a%20b.png?v=1'])

  const second = await ask('/a b.png?v=1#part', { headers: { accept: 'image/webp' } })
  assert.equal(second.headers.get('x-nextjs-cache'), 'HIT')
  assert.equal(asked.length, 1)
  assert.equal(readdirSync(join(distDir, 'cache/images')).length, 1)

  const etag = first.headers.get('etag')!
  const headers = { accept: 'image/webp', 'if-none-match': etag }
  assert.equal((await ask('/a b.png?v=1#part', { headers })).status, 304)
})

test('no path leads to another server', async () => {
  asked.length = 0
  assert.equal((await ask('/\\192.0.2.1/x.png')).status, 200)
  assert.deepEqual(asked, ['GET //192.0.2.1/x.png'])
})

test('a remote image is fetched where a pattern allows it', async () => {
  asked.length = 0
  assert.equal((await ask(`${originOf(site)}/remote/a.png`)).status, 200)
  const refused = await ask(`${originOf(site)}/other/a.png`)
  assert.equal(refused.status, 400)
  assert.equal(await refused.text(), '"url" parameter is not allowed')
  assert.deepEqual(asked, ['GET /remote/a.png'])
})

test('failures of the source have the messages of Next.js', async () => {
  const missing = await ask('/missing.png')
  assert.equal(missing.status, 404)
  assert.equal(await missing.text(), '"url" parameter is valid but internal response is invalid')
  const unknown = await ask('/unknown.png', { headers: { 'x-unknown': '1' } })
  assert.equal(unknown.status, 500)
})

test('concurrent requests for an image share one optimisation', async () => {
  asked.length = 0
  let release: () => void = () => undefined
  hold = new Promise((resolve) => (release = resolve))
  const reached = new Promise<void>((resolve) => (arrived = resolve))
  const requests = Array.from({ length: 5 }, () => ask('/held.png'))
  await reached
  release()
  for (const response of await Promise.all(requests)) assert.equal(response.status, 200)
  assert.deepEqual(asked, ['GET /held.png'])
})
