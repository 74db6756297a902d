// Tests preloading, the cache of compiled code, and heap snapshots.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { Kind, LogLevel } from '../../../protocol/generated/frames.ts'
import { encodeFrame, TestProject, TestServer } from './support.ts'

const noting = (name: string): string =>
  `console.log('loaded ${name}'); export default (req, res) => res.send('${name}')`

test('modules are imported by the first request, or before ready with an eager load', async () => {
  using project = new TestProject()
  await using server = new TestServer()
  const load = { root: project.root, mode: 'production' }
  const loaded = (): string[] =>
    server.logs.map(({ text }) => text).filter((text) => text.startsWith('loaded'))
  const lazy = project.writeGeneration(
    [{ source: noting('a') }, { source: noting('b') }],
    'production',
    1,
  )
  assert.deepEqual(await server.load({ ...load, generation: 1, manifest: lazy }), { generation: 1 })
  await server.request({ route: 1, generation: 1 })
  assert.deepEqual(loaded(), ['loaded b'])
  const eager = project.writeGeneration(
    [{ source: noting('c') }, { source: noting('d') }],
    'production',
    2,
  )
  assert.deepEqual(await server.load({ ...load, generation: 2, manifest: eager, eager: true }), {
    generation: 2,
  })
  assert.deepEqual(loaded().slice(1).sort(), ['loaded c', 'loaded d'])
})

test('reports loading to the server before the module blocks the event loop, and when it has loaded', async () => {
  using project = new TestProject()
  await using server = new TestServer()
  const seen = (): number[] =>
    server.frames.filter(({ kind }) => kind === Kind.loading).map(({ payload }) => payload[0]!)
  // The module waits for a file that is written only when the report has arrived; otherwise it
  // fails.
  const gate = join(project.root, 'gate')
  const source = `import { existsSync } from 'node:fs'
    const end = performance.now() + 60_000
    while (!existsSync(${JSON.stringify(gate)})) if (performance.now() > end) throw new Error('the report has not arrived')
    export default (req, res) => res.send('served')`
  const manifest = project.writeGeneration(
    [{ source }, { source: `throw new Error('broken')` }],
    'production',
    1,
  )
  await server.load({ root: project.root, mode: 'production', generation: 1, manifest })
  assert.deepEqual(seen(), [])
  const response = server.request({ route: 0 })
  while (seen().length === 0) await new Promise(setImmediate)
  project.write('gate', '')
  assert.equal((await response).text, 'served')
  assert.deepEqual(seen(), [1, 0])
  assert.equal((await server.request({ route: 0 })).text, 'served')
  assert.deepEqual(seen(), [1, 0])
  assert.equal((await server.request({ route: 1 })).status, 500)
  assert.deepEqual(seen(), [1, 0, 1, 0])
})

test('an eager load names each route that cannot be loaded; the others are served', async () => {
  using project = new TestProject()
  await using server = new TestServer()
  const manifest = project.writeGeneration(
    [
      { source: `export default (req, res) => res.send('fine')` },
      {
        source: `throw new TypeError('no database')`,
        path: '/api/[id]',
        file: 'pages/api/[id].ts',
      },
      { source: `import 'nowhere'`, kind: 'app', path: '/x', file: 'app/x/route.ts' },
      { source: `export const a = 1` },
    ],
    'production',
  )
  const entire = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>
  project.write('.millrace/1/proxy.mjs', `export const proxies = 1`)
  entire['middleware'] = {
    file: 'proxy.ts',
    module: 'proxy.mjs',
    number: (entire['routes'] as unknown[]).length,
  }
  project.write('.millrace/1/manifest.json', JSON.stringify(entire))
  const ready = await server.load({
    generation: 1,
    manifest,
    root: project.root,
    mode: 'production',
    eager: true,
  })
  const lines = String(ready['error']).split('\n')
  assert.equal(lines.length, 4)
  assert.equal(lines[0], '/api/[id] (pages/api/[id].ts): TypeError: no database')
  assert.match(lines[1]!, /^\/x \(app\/x\/route\.ts\): Error: Cannot find package 'nowhere'/)
  assert.match(
    lines[2]!,
    /^\/api\/3 \(pages\/api\/3\.ts\): Error: .*expected a function as default export/,
  )
  assert.match(lines[3]!, /^middleware \(proxy\.ts\): Error: .*must export a function/)
  assert.equal((await server.request({ route: 0 })).text, 'fine')
  assert.equal((await server.request({ route: 1 })).status, 500)
})

test('an eager load registers the instrumentation file before it imports routes', async () => {
  using project = new TestProject()
  await using server = new TestServer()
  const manifest = project.writeGeneration(
    [{ source: `console.log('route ' + globalThis.tracing); export default () => {}` }],
    'production',
  )
  const entire = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>
  project.write(
    '.millrace/1/instrumentation.mjs',
    `export function register() { globalThis.tracing = 'on' }`,
  )
  entire['instrumentation'] = { file: 'instrumentation.ts', module: 'instrumentation.mjs' }
  project.write('.millrace/1/manifest.json', JSON.stringify(entire))
  const ready = await server.load({
    generation: 1,
    manifest,
    root: project.root,
    mode: 'production',
    eager: true,
  })
  assert.deepEqual(ready, { generation: 1 })
  assert.ok(server.logs.some(({ text }) => text === 'route on'))
})

/** Runs a worker that responds to one request and exits. */
async function serveOnce(project: TestProject, mode: 'development' | 'production'): Promise<void> {
  await using server = await TestServer.start(
    project,
    [{ source: `export default (req, res) => res.send('served')` }],
    mode,
  )
  assert.equal((await server.request()).text, 'served')
  server.write(encodeFrame(Kind.drain, 0))
  assert.equal(await server.exit(), 0)
}

test('compiled code is cached beside a build for the next worker, not in development', async () => {
  using project = new TestProject()
  const cache = join(project.root, '.millrace/1/cache')
  await serveOnce(project, 'development')
  assert.ok(!existsSync(cache))
  await serveOnce(project, 'production')
  const kept = (): string[] =>
    readdirSync(cache, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [entry.name] : [],
    )
  assert.ok(kept().length > 0)
  await serveOnce(project, 'production')
})

test('a build whose folder is read-only is served without the cache', async () => {
  using project = new TestProject()
  project.write('.millrace/1/cache', 'a file where the folder would be')
  await serveOnce(project, 'production')
})

/** Requests a snapshot and waits for the report about it. */
async function snapshot(
  server: TestServer,
  id: number,
  path: string,
): Promise<Record<string, unknown>> {
  server.write(encodeFrame(Kind.snapshot, 0, JSON.stringify({ id, path })))
  const find = () =>
    server.frames
      .filter((frame) => frame.kind === Kind.snapshot)
      .map((frame) => JSON.parse(frame.payload.toString()) as Record<string, unknown>)
      .find((response) => response['id'] === id)
  await server.until(() => find() !== undefined)
  return find()!
}

test('writes a heap snapshot, with a line in the log', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [
    {
      source: `globalThis.kept = { ofThisTest: 'a text to be found' }; export default (req, res) => res.end('still here')`,
    },
  ])
  await server.request()
  const path = join(project.root, 'one.heapsnapshot')
  assert.deepEqual(await snapshot(server, 7, path), { id: 7, bytes: statSync(path).size })
  const text = readFileSync(path, 'utf8')
  assert.ok(text.startsWith('{"snapshot":') && text.includes('a text to be found'))
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.equal(server.logs.find((line) => line.text.includes(path))?.level, LogLevel.info)
  assert.equal((await server.request()).text, 'still here')
})

test('reports why a heap snapshot cannot be written, and overwrites nothing', async () => {
  using project = new TestProject()
  await using server = await TestServer.start(project, [{ source: `export default () => {}` }])
  const nowhere = join(project.root, 'nowhere/one.heapsnapshot')
  assert.match(
    String((await snapshot(server, 1, nowhere))['error']),
    /nowhere\/one\.heapsnapshot: .*ENOENT/,
  )
  assert.ok(!existsSync(nowhere))
  const taken = project.write('taken', 'mine')
  assert.match(String((await snapshot(server, 2, taken))['error']), /EEXIST/)
  assert.equal(readFileSync(taken, 'utf8'), 'mine')
  assert.equal(server.logs.find((line) => line.text.includes('EEXIST'))?.level, LogLevel.error)
})

test('a snapshot without a path is a protocol error', async () => {
  await using server = new TestServer()
  server.write(encodeFrame(Kind.snapshot, 0, '{"id":1}'))
  assert.equal(await server.exit(), 70)
})
