/**
 * Tests workers that are slow but not blocked: they get little CPU time, or load for a long time.
 * Required: they get the time that they need, and their requests are handled; blocked workers are
 * replaced all the same.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  build,
  project,
  rawRequest,
  run,
  type Server,
  startServer,
  write,
} from '../e2e/support/index.ts'
import { Starvation } from './support/starvation.ts'

const modules = 800
/**
 * The work of loading each module: in total less CPU time than `blocked` allows, and with a tenth
 * of a CPU more wall time.
 */
const work = 'let sum = 0\nfor (let i = 0; i < 20_000; i++) sum = (sum * 31 + i) % 1_000_003\n'

const files: Record<string, string> = {
  'package.json': '{ "name": "slow", "private": true }',
  'app/api/quick/route.js': 'export const GET = () => Response.json({ quick: true })',
  'app/api/large/route.js': `import { total } from '../../../lib/all.js'\nexport const GET = () => Response.json({ total })`,
  'app/api/loop/route.js': 'export const GET = () => { for (;;); }',
  'app/api/sleep/route.js':
    'export const GET = () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) }',
  'app/api/stop/route.js':
    "export const GET = async () => {\n  process.kill(process.pid, 'SIGSTOP')\n  return Response.json({ went: 'on' })\n}",
}
for (let i = 0; i < modules; i++)
  files[`lib/m${i}.js`] = `${work}export const n = ${i} + (sum < 0 ? 1 : 0)\n`
files['lib/all.js'] =
  `${Array.from({ length: modules }, (_, i) => `import { n as n${i} } from './m${i}.js'\n`).join('')}
export const total = ${Array.from({ length: modules }, (_, i) => `n${i}`).join(' + ')}\n`

let directory: string

before(async () => {
  directory = project({ files })
  await build(directory)
})

/** Starts a server with one worker. */
function start(blocked = '1s'): Promise<Server> {
  write(directory, 'millrace.toml', `[pools.default]\nmin = 1\nmax = 1\nblocked = "${blocked}"\n`)
  return startServer({ command: 'start', directory })
}

const get = (server: Server, path: string) =>
  rawRequest(server.port, `GET ${path} HTTP/1.1\r\nHost: slow\r\nConnection: close\r\n\r\n`)

/** Returns the workers' processes, with their states as `millrace ps` prints them. */
async function workersOf(): Promise<{ pid: number; state: string }[]> {
  const { stdout, stderr, code } = await run(['ps', directory, '--json'])
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)[0].pools[0].workers
}

test('a project of 800 modules loads in a worker that gets a tenth of a CPU', {
  timeout: 600_000,
}, async () => {
  await using server = await start()
  await get(server, '/api/quick')
  const workers = await workersOf()
  const [first, second] = await starving(workers[0]!.pid, () =>
    Promise.all([get(server, '/api/large'), get(server, '/api/quick')]),
  )
  assert.equal(first.status, 200, first.body)
  assert.deepEqual(JSON.parse(first.body), { total: (modules * (modules - 1)) / 2 })
  assert.equal(second.status, 200, second.body)
  assert.doesNotMatch(server.output(), /killed|replaced/)
  assert.deepEqual(
    (await workersOf()).map(({ pid }) => pid),
    workers.map(({ pid }) => pid),
  )
})

async function starving<T>(pid: number, act: () => Promise<T>): Promise<T> {
  using _ = new Starvation(pid, 0.1)
  return await act()
}

test('a worker that is stopped for longer than its limit responds when it continues', {
  timeout: 600_000,
}, async () => {
  await using server = await start('2s')
  const worker = (await ready())[0]!
  const response = get(server, '/api/stop')
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${worker.pid}/status`, 'utf8')))
    await new Promise(setImmediate)
  // The delay is the fault; it does not wait for anything.
  await pause(4000)
  process.kill(worker.pid, 'SIGCONT')
  const { status, body } = await response
  assert.equal(status, 200, body)
  assert.doesNotMatch(server.output(), /killed|replaced/)
})

async function ready(): Promise<{ pid: number; state: string }[]> {
  for (;;) {
    const workers = await workersOf()
    if (workers.length > 0 && workers.every(({ state }) => state === 'ready')) return workers
  }
}

for (const [path, rule] of [
  [
    '/api/loop',
    /blocked: its event loop did not turn while it used \d+\.\d s of CPU \(limit 1\.0 s\)/,
  ],
  [
    '/api/sleep',
    /blocked: its event loop did not turn while it did nothing for \d+\.\d s \(limit 6\.0 s\)/,
  ],
] as const) {
  test(`${path}: the only worker is replaced, and killed when another is ready`, {
    timeout: 600_000,
  }, async () => {
    await using server = await start()
    const pid = (await ready())[0]!.pid
    const blocked = get(server, path)
    const { status } = await blocked
    assert.equal(status, 502)
    await server.printed(
      new RegExp(`worker ${pid} is being replaced: ${rule.source}; no other worker can serve`),
    )
    await server.printed(
      new RegExp(`worker ${pid} ended: killed: ${rule.source}; in flight: ${path}`),
    )
    const { status: next } = await get(server, '/api/quick')
    assert.equal(next, 200)
    const [other, ...more] = await ready()
    assert.notEqual(other!.pid, pid)
    assert.equal(more.length, 0)
  })
}
