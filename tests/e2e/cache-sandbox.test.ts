/**
 * Tests that a sandboxed pool has caches of its own, which no other pool reads or revalidates.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, project, rawRequest, type Server, startServer } from './support/index.ts'

/** The same code in both pools, so that the keys are equal. */
const data = `
import { revalidatePath, revalidateTag, unstable_cache } from 'next/cache'
const read = unstable_cache(async () => 'made ' + Math.random(), ['key'], { tags: ['tag'] })
export const GET = async () => new Response(await read())
export const POST = async (request) => {
  revalidateTag('tag', { expire: 0 })
  for (const path of ['/own/kept', '/plugins/kept']) revalidatePath(path)
  return new Response('revalidated')
}`
const kept = `export const dynamic = 'force-static'\nexport const GET = () => new Response('kept ' + Math.random())`

const files = {
  'package.json': '{ "name": "scopes", "private": true }',
  'app/own/data/route.js': data,
  'app/own/kept/route.js': kept,
  'app/plugins/data/route.js': data,
  'app/plugins/kept/route.js': kept,
  'millrace.toml': '[pools.plugins]\nroutes = ["/plugins/**"]\nsandbox = true\n',
}

const send = async ({ port }: Server, method: string, path: string) =>
  (await rawRequest(port, `${method} ${path} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n`))
    .body

/** Returns the responses of all four routes, by path. */
async function responses(server: Server): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const path of ['/own/data', '/own/kept', '/plugins/data', '/plugins/kept'])
    all[path] = await send(server, 'GET', path)
  return all
}

test('a sandboxed pool has caches of its own', async (context) => {
  const directory = project({ files })
  await build(directory)
  let server: Server
  try {
    server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
  } catch (error) {
    // If the kernel cannot sandbox, nothing that could share a cache is served.
    if (!/sandbox: expected a kernel/.test(String(error))) throw error
    return context.skip('no sandboxes here')
  }
  try {
    const first = await responses(server)
    assert.match(first['/own/data']!, /^made 0\.\d+$/)
    assert.match(first['/plugins/data']!, /^made 0\.\d+$/)
    assert.notEqual(first['/own/data'], first['/plugins/data'])
    assert.deepEqual(await responses(server), first)
    assert.equal(await send(server, 'POST', '/plugins/data'), 'revalidated')
    const second = await responses(server)
    assert.equal(second['/own/data'], first['/own/data'])
    assert.equal(second['/own/kept'], first['/own/kept'])
    assert.notEqual(second['/plugins/data'], first['/plugins/data'])
    assert.notEqual(second['/plugins/kept'], first['/plugins/kept'])
    assert.equal(await send(server, 'POST', '/own/data'), 'revalidated')
    const third = await responses(server)
    assert.notEqual(third['/own/data'], second['/own/data'])
    assert.notEqual(third['/own/kept'], second['/own/kept'])
    assert.equal(third['/plugins/data'], second['/plugins/data'])
    assert.equal(third['/plugins/kept'], second['/plugins/kept'])
  } finally {
    await server.stop()
  }
})
