/** What fetch keeps in route handlers, where the conformance fixture fetch-cache cannot look. */
import assert from 'node:assert/strict'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'

import { RouteFixture } from './app_support.ts'

/**
 * Answers each request by the first of the steps that were asked of it for its path; then by the
 * count.
 */
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

  /** What the next requests for the path get. */
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

test('a stale answer is there for all while it is renewed, once', { timeout: 20_000 }, async () => {
  const init = { cache: 'force-cache', next: { tags: ['slow'] } }
  let arrived!: (response: ServerResponse) => void
  const renewal = new Promise<ServerResponse>((resolve) => (arrived = resolve))
  // Who has asked for it just before it is kept may renew it again.
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

test('a call that fails lets the next one ask', { timeout: 20_000 }, async () => {
  upstream.expect('/down', broken, broken)
  const init = { cache: 'force-cache' }
  assert.notEqual(await fetched('/down', init), '1')
  // undici may ask once more by itself on a connection that was closed.
  let answer = await fetched('/down', init)
  if (!/^\d+$/.test(answer)) answer = await fetched('/down', init)
  assert.match(answer, /^\d+$/)
  assert.equal(await fetched('/down', init), answer)
})
