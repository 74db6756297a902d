/** Tests the fetch of an image from the server itself: what it copies, and its bounds. */
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { fetchFromServer, type MockedResponse } from '../src/next_engine/image_source.ts'

/** Collects a response, as Next.js's stand-in does: more than `most` bytes destroy it. */
class Collected implements MockedResponse {
  statusCode = 0
  destroyed = false
  ended = false
  readonly headers: Record<string, string | string[]> = {}
  readonly chunks: Uint8Array[] = []
  readonly #most: number

  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most
  }

  get length(): number {
    return this.chunks.reduce((sum, { length }) => sum + length, 0)
  }
  setHeader(name: string, value: string | string[]): void {
    this.headers[name] = value
  }
  write(chunk: Uint8Array): void {
    this.chunks.push(chunk)
    if (this.length > this.#most) this.destroyed = true
  }
  end(): void {
    this.ended = true
  }
  destroy(): void {
    this.destroyed = true
  }
}

/** Runs a server for the time of `use`, which gets its origin. */
async function serving(
  listener: RequestListener,
  use: (origin: string) => Promise<void>,
): Promise<void> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

test('status, fields and body are copied', () =>
  serving(
    (_, res) => res.writeHead(203, { 'X-One': '1' }).end('picture'),
    async (origin) => {
      const to = new Collected()
      await fetchFromServer(origin, { url: '/a.png', method: 'GET' }, to)
      assert.deepEqual([to.statusCode, to.headers['x-one'], to.ended], [203, '1', true])
      assert.equal(Buffer.concat(to.chunks).toString(), 'picture')
    },
  ))

test('a body beyond the maximum is not read on', async () => {
  let closed: () => void = () => undefined
  const stopped = new Promise<void>((resolve) => (closed = resolve))
  await serving(
    (_, res) => {
      const more = (): void => {
        while (!res.destroyed && res.write(Buffer.alloc(64 * 1024)));
      }
      res.on('drain', more).once('close', closed)
      more()
    },
    async (origin) => {
      const to = new Collected(1_000_000)
      await fetchFromServer(origin, { url: '/endless.png', method: 'GET' }, to)
      assert.ok(to.destroyed && !to.ended)
      assert.ok(to.length < 2_000_000)
      await stopped
    },
  )
})

for (const [when, listener] of [
  ['before the response', () => undefined],
  ['within the response', (_, res) => res.write('part')],
] as [string, RequestListener][])
  test(`silence ${when} is an error`, () =>
    serving(listener, async (origin) => {
      const to = new Collected()
      const fetched = fetchFromServer(origin, { url: '/silent.png', method: 'GET' }, to, 50)
      await assert.rejects(
        fetched,
        when.startsWith('before') ? /nothing received in 0.05 s/ : Error,
      )
      assert.ok(!to.ended)
    }))

for (const origin of [
  undefined,
  '',
  'ftp://127.0.0.1:1',
  'http://127.0.0.1:1/path',
  'https://127.0.0.1:1/path',
])
  test(`no request is sent to ${origin}`, () =>
    assert.rejects(
      fetchFromServer(origin, { url: '/a.png', method: 'GET' }, new Collected()),
      /the address of the server is unknown/,
    ))
