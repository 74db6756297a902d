/**
 * Tests the data cache that the workers of a server share, with workers that implement the link
 * themselves.
 */
import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  build,
  project,
  RawClient,
  rawRequest,
  run,
  type Server,
  startServer,
  write,
} from './support/index.ts'

/** Starts a server whose workers are tests/e2e/link/other_worker.ts. */
async function start(
  workers: number,
  config = '{}',
): Promise<Server & { readonly directory: string }> {
  const directory = project({
    files: {
      'package.json': '{ "name": "cache", "private": true }',
      'next.config.mjs': `export default ${config}`,
      'pages/api/x.js': 'export default (req, res) => res.end()',
    },
  })
  await build(directory)
  const program = join(import.meta.dirname, 'link/other_worker.ts')
  write(
    directory,
    'other-node',
    `#!/bin/sh\ncase "$1" in -v|--version) echo v24.0.0; exit;; esac\nexec '${process.execPath}' '${program}'\n`,
  )
  chmodSync(join(directory, 'other-node'), 0o755)
  const server = await startServer({
    command: 'start',
    directory,
    args: ['--workers', String(workers), '--node', join(directory, 'other-node')],
  })
  return { ...server, directory }
}

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: test\r\n\r\n`

interface CacheReply {
  pid: number
  id: number
  state?: string
  value?: string
  error?: string
}

/**
 * Waits until no worker has a request in flight: a worker learns with a delay that a client has
 * gone.
 */
async function allIdle(directory: string): Promise<void> {
  for (;;) {
    const { stdout } = await run(['ps', directory, '--json'])
    const [{ pools }] = JSON.parse(stdout) as [{ pools: { workers: { in_flight: number }[] }[] }]
    if (pools.every(({ workers }) => workers.every(({ in_flight: open }) => open === 0))) return
  }
}

async function ask(server: Server, question: object, fill = 0): Promise<CacheReply> {
  const target = `/api/x?do=cache&fill=${fill}&question=${encodeURIComponent(JSON.stringify(question))}`
  return JSON.parse((await rawRequest(server.port, get(target))).body) as CacheReply
}

describe('the data cache', () => {
  test('is shared by all workers: one sees what the other sets and revalidates', async () => {
    const server = await start(2)
    const pids = new Set<number>()
    // The least busy worker gets a request, so holding one directs the next to the other worker.
    const inOther = async (question: object): Promise<CacheReply> => {
      await allIdle(server.directory)
      using holder = await RawClient.connect(server.port)
      await holder.send(get('/api/x?do=hold'))
      const holding = await holder.matching(/\r\n\r\n[0-9a-f]+\r\n(\d+)\r\n$/)
      const reply = await ask(server, question)
      pids.add(Number(holding[1])).add(reply.pid)
      assert.notEqual(reply.pid, Number(holding[1]))
      return reply
    }
    // Both have started when a request is served while another is held.
    const bothReady = async (): Promise<void> => {
      using holder = await RawClient.connect(server.port)
      await holder.send(get('/api/x?do=hold'))
      const [, held] = await holder.matching(/\r\n\r\n[0-9a-f]+\r\n(\d+)\r\n$/)
      while ((await rawRequest(server.port, get('/api/x?do=pid'))).body === held);
    }
    try {
      await bothReady()
      assert.equal((await ask(server, { id: 1, op: 'get', key: 'k', tags: [] })).state, 'none')
      const { pid: setter } = await ask(server, {
        id: 2,
        op: 'set',
        key: 'k',
        value: 'v',
        revalidate: false,
        expire: null,
        tags: ['t'],
      })
      const seen = await inOther({ id: 3, op: 'get', key: 'k', tags: [] })
      assert.deepEqual([seen.id, seen.state, seen.value], [3, 'fresh', 'v'])
      await inOther({ id: 4, op: 'revalidate', tags: ['t'], profile: {} })
      assert.equal((await ask(server, { id: 5, op: 'get', key: 'k', tags: [] })).state, 'stale')
      await inOther({ id: 6, op: 'revalidate', tags: ['t'], profile: null })
      assert.equal((await ask(server, { id: 7, op: 'get', key: 'k', tags: [] })).state, 'none')
      assert.ok(pids.has(setter) && pids.size === 2)
    } finally {
      await server.stop()
    }
  })

  test('accepts values of several frames, up to 2 MiB', async () => {
    const server = await start(1)
    try {
      const longest = 2 * 1024 * 1024
      await ask(server, { id: 1, op: 'set', key: 'a', value: '@fill', revalidate: false }, longest)
      await ask(
        server,
        { id: 2, op: 'set', key: 'b', value: '@fill', revalidate: false },
        longest + 1,
      )
      assert.equal((await ask(server, { id: 3, op: 'get', key: 'a' })).value, `${longest} letters`)
      assert.equal((await ask(server, { id: 4, op: 'get', key: 'b' })).state, 'none')
    } finally {
      await server.stop()
    }
  })

  test('survives a worker that violates its protocol', async () => {
    const server = await start(1)
    try {
      const { pid } = await ask(server, {
        id: 1,
        op: 'set',
        key: 'k',
        value: 'v',
        revalidate: false,
      })
      assert.ok((await ask(server, { id: 2, op: 'get' })).error)
      for (const wrong of ['cache-no-json', 'cache-on-stream', 'servers-cached']) {
        assert.equal((await rawRequest(server.port, get(`/api/x?do=${wrong}`))).status, 502, wrong)
      }
      const after = await ask(server, { id: 3, op: 'get', key: 'k' })
      assert.notEqual(after.pid, pid)
      assert.equal(after.value, 'v')
    } finally {
      await server.stop()
    }
  })

  test('stores no more than cacheMaxMemorySize', async () => {
    const server = await start(1, '{ cacheMaxMemorySize: 0 }')
    try {
      await ask(server, { id: 1, op: 'set', key: 'k', value: 'v', revalidate: false })
      assert.equal((await ask(server, { id: 2, op: 'get', key: 'k' })).state, 'none')
    } finally {
      await server.stop()
    }
  })
})

describe('unstable_cache', () => {
  test('is shared by all workers, as is revalidateTag', { timeout: 60_000 }, async () => {
    const directory = project({
      files: {
        'package.json': '{ "name": "cached", "private": true }',
        'app/api/value/route.js': `
          import { unstable_cache } from 'next/cache'
          const cached = unstable_cache(async (n) => ({ n, by: process.pid, made: Math.random() }), ['v'], { tags: ['values'] })
          const nothing = unstable_cache(async () => undefined, ['nothing'])
          const large = unstable_cache(async () => 'ü'.repeat(700_000), ['large'])
          export async function GET(request) {
            const { searchParams } = new URL(request.url)
            if (searchParams.has('large')) return Response.json({ pid: process.pid, length: (await large()).length })
            return Response.json({ pid: process.pid, value: await cached(searchParams.get('n')), nothing: (await nothing()) === undefined })
          }`,
        'app/api/forget/route.js': `
          import { revalidateTag } from 'next/cache'
          export async function POST() {
            revalidateTag('values', { expire: 0 })
            return Response.json({ pid: process.pid })
          }`,
        'app/api/hold/route.js': `
          export function GET() {
            return new Response(new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode(String(process.pid))) } }))
          }`,
      },
    })
    await build(directory)
    const server = await startServer({ command: 'start', directory, args: ['--workers', '2'] })
    try {
      const ask = async (path: string, method = 'GET') =>
        (await (await fetch(server.url + path, { method })).json()) as Record<string, any>
      /** Returns the response of the worker that does not hold a stream open. */
      const inOther = async (path: string, method = 'GET') => {
        const controller = new AbortController()
        const holder = await fetch(`${server.url}/api/hold`, { signal: controller.signal })
        const held = Number(new TextDecoder().decode((await holder.body!.getReader().read()).value))
        let reply = await ask(path, method)
        // Until both have started.
        while (reply.pid === held) reply = await ask(path, method)
        controller.abort()
        return { held, reply }
      }
      const first = await inOther('/api/value?n=1')
      const made = first.reply.value
      assert.equal(first.reply.nothing, true)
      for (let i = 0; i < 6; ++i)
        assert.deepEqual((await inOther('/api/value?n=1')).reply.value, made)
      assert.notDeepEqual((await ask('/api/value?n=2')).value, made)
      assert.equal((await ask('/api/value?large')).length, 700_000)
      assert.equal((await ask('/api/value?large')).length, 700_000)
      await inOther('/api/forget', 'POST')
      const again = (await inOther('/api/value?n=1')).reply.value
      assert.notDeepEqual(again, made)
      assert.deepEqual((await inOther('/api/value?n=1')).reply.value, again)
    } finally {
      await server.stop()
    }
  })
})
