/**
 * Tests what fetch caches in route handlers, in cases that the conformance fixture fetch-cache
 * cannot observe.
 */
import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'

import { RouteFixture } from './app_support.ts'

/** Responds to each request with the first step queued for its path, otherwise with the count. */
class Upstream {
  readonly counts = new Map<string, number>()
  readonly #steps = new Map<string, ((response: ServerResponse, count: number) => void)[]>()
  readonly #server = createServer((request, response) => {
    const path = request.url!
    const count = (this.counts.get(path) ?? 0) + 1
    this.counts.set(path, count)
    const step = this.#steps.get(path)?.shift()
    if (step === undefined) response.end(String(count))
    else step(response, count)
  })

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`
  }

  /** Queues what the next requests for the path get. */
  expect(path: string, ...steps: ((response: ServerResponse, count: number) => void)[]): void {
    this.#steps.set(path, steps)
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

const upstream = new Upstream()
before(() => upstream.listen())
after(() => upstream.close())

const fixture = new RouteFixture()
const plain = (response: ServerResponse, count: number): void => void response.end(String(count))
const broken = (response: ServerResponse): void => void response.socket!.destroy()

const ask = fixture.handler(
  `const { url, ...init } = await request.json()
   return new Response((await fetch(url, init)).body)`,
)
const revalidate = fixture.handler(
  `revalidateTag(await request.text(), 'max'); return new Response()`,
  `import { revalidateTag } from 'next/cache'`,
)

async function fetched(path: string, init: object): Promise<string> {
  return (await ask.ask({ body: JSON.stringify({ url: upstream.url(path), ...init }) })).text
}

test('a renewal that fails is tried again by the next request', { timeout: 20_000 }, async () => {
  const init = { cache: 'force-cache', next: { tags: ['fails'] } }
  upstream.expect('/fails', plain, broken)
  assert.equal(await fetched('/fails', init), '1')
  await revalidate.ask({ body: 'fails' })
  assert.equal(await fetched('/fails', init), '1')
  while ((await fetched('/fails', init)) === '1');
  assert.ok(upstream.counts.get('/fails')! >= 3)
})

test('a stale response is served to all while it is renewed, once', {
  timeout: 20_000,
}, async () => {
  const init = { cache: 'force-cache', next: { tags: ['slow'] } }
  let arrived!: (response: ServerResponse) => void
  const renewal = new Promise<ServerResponse>((resolve) => (arrived = resolve))
  // A call that has just missed the stored response can renew it again.
  const again = Array.from({ length: 50 }, () => (later: ServerResponse) => void later.end('new'))
  upstream.expect('/slow', plain, (response) => arrived(response), ...again)
  assert.equal(await fetched('/slow', init), '1')
  await revalidate.ask({ body: 'slow' })
  assert.equal(await fetched('/slow', init), '1')
  const response = await renewal
  assert.equal(await fetched('/slow', init), '1')
  assert.equal(await fetched('/slow', init), '1')
  assert.equal(upstream.counts.get('/slow'), 2)
  response.end('new')
  while ((await fetched('/slow', init)) === '1');
  assert.equal(await fetched('/slow', init), 'new')
})

test('after a call that fails, the next one fetches', { timeout: 20_000 }, async () => {
  upstream.expect('/down', broken, broken)
  const init = { cache: 'force-cache' }
  assert.notEqual(await fetched('/down', init), '1')
  // undici may retry by itself on a connection that was closed.
  let response = await fetched('/down', init)
  if (!/^\d+$/.test(response)) response = await fetched('/down', init)
  assert.match(response, /^\d+$/)
  assert.equal(await fetched('/down', init), response)
})
