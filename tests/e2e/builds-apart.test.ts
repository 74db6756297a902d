/**
 * Tests that work of an earlier build which is still in progress when the next is deployed never
 * becomes part of the next one.
 */
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  build,
  project,
  RawClient,
  rawRequest,
  run,
  type Server,
  startServer,
  temporaryDirectory,
  write,
} from './support/index.ts'

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: builds\r\n\r\n`

/** Records that it has begun, then waits until the test lets it continue. */
const waits = (folder: string) => `
import { existsSync, writeFileSync } from 'node:fs'
const wait = async () => {
  writeFileSync(${JSON.stringify(join(folder, 'begun'))}, '')
  while (!existsSync(${JSON.stringify(join(folder, 'go'))})) await new Promise((resolve) => setTimeout(resolve, 10))
}`

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}

async function nextBuild(
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) write(directory, path, text)
  await build(directory)
  const { code, stdout, stderr } = await run(['reload', directory])
  assert.equal(code, 0, stdout + stderr)
}

const asked = async (server: Server, path: string) =>
  (await rawRequest(server.port, get(path))).body

test('a response for the cache that ends after a reload is not stored for the new build', {
  timeout: 120_000,
}, async () => {
  const folder = temporaryDirectory()
  const route = (name: string) => `export const dynamic = 'force-static'
export const GET = async (_, { params }) => new Response('${name} ' + (await params).id)`
  const directory = project({
    files: {
      'package.json': '{ "name": "builds", "private": true }',
      'app/api/m/[id]/route.js': `${waits(folder)}
export const dynamic = 'force-static'
export const GET = async (_, { params }) => {
  await wait()
  return new Response('first m ' + (await params).id)
}`,
    },
  })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  const pending = await RawClient.connect(server.port)
  await pending.send(get('/api/m/7'))
  await until(() => existsSync(join(folder, 'begun')))
  // A route that sorts before it: the numbers of routes change.
  await nextBuild(directory, {
    'app/api/a/[id]/route.js': route('a'),
    'app/api/m/[id]/route.js': route('second m'),
  })
  writeFileSync(join(folder, 'go'), '')
  assert.equal((await pending.response()).body, 'first m 7')
  assert.equal(await asked(server, '/api/a/7'), 'a 7')
  assert.equal(await asked(server, '/api/m/7'), 'second m 7')
  pending.destroy()
})

test('a value that a worker of the previous build stores is not found by the next one', {
  timeout: 120_000,
}, async () => {
  const folder = temporaryDirectory()
  const route = (make: string) => `import { unstable_cache } from 'next/cache'
${make}
const cached = unstable_cache(async () => make(), ['key'])
export const dynamic = 'force-dynamic'
export const GET = async () => Response.json(await cached())`
  const directory = project({
    files: {
      'package.json': '{ "name": "builds", "private": true }',
      'app/api/value/route.js': route(
        `${waits(folder)}\nconst make = async () => (await wait(), 'first')`,
      ),
    },
  })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  const pending = await RawClient.connect(server.port)
  await pending.send(get('/api/value'))
  await until(() => existsSync(join(folder, 'begun')))
  await nextBuild(directory, { 'app/api/value/route.js': route(`const make = () => 'second'`) })
  writeFileSync(join(folder, 'go'), '')
  assert.equal((await pending.response()).body, '"first"')
  assert.equal(await asked(server, '/api/value'), '"second"')
  assert.equal(await asked(server, '/api/value'), '"second"')
  pending.destroy()
})
