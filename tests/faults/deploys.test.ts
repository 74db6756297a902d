/**
 * Tests that deploys cost no request: clients load pages and their chunks continuously while the
 * server loads one new build after another, each with chunks of its own.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hangTimeout } from '../e2e/support/hang_timeout.ts'
import { RawClient, run, startServer } from '../e2e/support/index.ts'
import { nextBuild } from '../e2e/support/next_build.ts'
import { copyOfFixture } from '../e2e/support/whole_app.ts'

const total = 20_000
const deploys = 5
const connections = 16
/** Prerendered, regenerated and dynamic ones, of both routers. */
const pages = ['/', '/news', '/posts/first', '/dynamic', '/old/stat', '/old/served', '/act']
const chunksOfPage = 8
/** After so many requests, at least one client has loaded a page since. */
const visits = connections * (chunksOfPage + 3)

/** The requests of all clients. */
class Visitors {
  readonly failures: string[] = []
  readonly chunks = new Set<string>()
  requests = 0
  #stopped = false
  readonly #port: number
  readonly #loops: Promise<void>[]
  readonly #watchers = new Map<number, () => void>()

  constructor(port: number) {
    this.#port = port
    this.#loops = Array.from({ length: connections }, (_, i) => this.#visit(i))
  }

  /** Resolves when there were so many requests. */
  reached(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.requests >= count) resolve()
      else this.#watchers.set(count, resolve)
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#loops)
  }

  async #visit(first: number): Promise<void> {
    let client = await RawClient.connect(this.#port)
    const get = async (target: string) => {
      await client.send(`GET ${target} HTTP/1.1\r\nHost: visitor\r\n\r\n`)
      const response = await client.response()
      this.requests++
      this.#watchers.get(this.requests)?.()
      if (response.status !== 200) this.failures.push(`${response.statusLine} to ${target}`)
      if (/close/i.test(response.headers['connection'] ?? '')) {
        client = await RawClient.connect(this.#port)
      }
      return response.body
    }
    for (let i = first; !this.#stopped; i++) {
      const html = await get(pages[i % pages.length]!)
      const chunks = new Set(
        Array.from(html.matchAll(/"(\/_next\/static\/[^"]+\.js[^"]*)/g), ([, chunk]) => chunk!),
      )
      if (chunks.size === 0) this.failures.push(`no chunks in ${pages[i % pages.length]}`)
      for (const chunk of [...chunks].slice(0, chunksOfPage)) {
        this.chunks.add(chunk)
        await get(chunk)
      }
    }
    client.destroy()
  }
}

test(`0 of ${total} requests for pages and chunks fail across ${deploys} deploys`, {
  timeout: hangTimeout(600),
}, async (t) => {
  const directory = await copyOfFixture('pages', '')
  await using server = await startServer({ command: 'start', directory, args: ['--workers', '2'] })
  const visitors = new Visitors(server.port)
  for (let deploy = 1; deploy <= deploys; deploy++) {
    const share = Math.round((total * deploy) / (deploys + 1))
    await visitors.reached(Math.max(share, visitors.requests + visits))
    nextBuild(directory, deploy + 1)
    const { code, stderr } = await run(['reload', directory])
    assert.equal(code, 0, stderr)
  }
  await visitors.reached(Math.max(total, visitors.requests + visits))
  await visitors.stop()
  t.diagnostic(`${visitors.requests} requests for ${visitors.chunks.size} chunks`)
  assert.deepEqual(visitors.failures.slice(0, 20), [])
  assert.ok(visitors.requests >= total)
  const served = new Set([...visitors.chunks].map((chunk) => /\?dpl=(.*)/.exec(chunk)?.[1]))
  assert.equal(served.size, deploys + 1, `pages named the builds ${[...served].join(' ')}`)
})
