/**
 * Tests that client-controlled tags, keys and values of the data cache do not end the worker that
 * uses it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, project, startServer } from './support/index.ts'

const files = {
  'package.json': '{ "name": "edges", "private": true }',
  'app/api/tag/route.js': `
    import { revalidateTag } from 'next/cache'
    export async function POST(request) {
      revalidateTag((await request.json()).tag, 'max')
      return Response.json({ pid: process.pid })
    }`,
  'app/api/key/route.js': `
    import { unstable_cache } from 'next/cache'
    let made = 0
    export async function POST(request) {
      const { key } = await request.json()
      const value = await unstable_cache(async () => ++made, ['k', key])()
      return Response.json({ pid: process.pid, value })
    }`,
  'app/api/huge/route.js': `
    import { unstable_cache } from 'next/cache'
    const huge = unstable_cache(async () => 'x'.repeat(20 * 1024 * 1024), ['huge'])
    export async function POST() {
      return Response.json({ pid: process.pid, length: (await huge()).length })
    }`,
}

for (const [name, path, body] of [
  ['a tag with half a surrogate pair', '/api/tag', '{"tag":"\\ud800"}'],
  ['a key with half a surrogate pair', '/api/key', '{"key":"\\ud800"}'],
  ['a value larger than the cache accepts', '/api/huge', '{}'],
] as const) {
  test(`${name} does not end the worker`, { timeout: 60_000 }, async () => {
    const directory = project({ files })
    await build(directory)
    const server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
    try {
      const send = async () => {
        const response = await fetch(server.url + path, { method: 'POST', body })
        assert.equal(response.status, 200)
        return (await response.json()) as { pid: number; value?: number; length?: number }
      }
      const first = await send()
      // Later requests on the same link are served after the cache request.
      for (let i = 0; i < 5; ++i) assert.equal((await send()).pid, first.pid)
      if (first.value !== undefined) assert.equal((await send()).value, first.value)
      if (first.length !== undefined) assert.equal(first.length, 20 * 1024 * 1024)
    } finally {
      await server.stop()
    }
  })
}
