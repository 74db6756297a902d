/**
 * Tests that processes which a handler outside of a sandbox has started and left behind end with
 * its worker, or with the server at the latest.
 */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { binary, build, project, type Server, startServer } from './support/index.ts'

const files = {
  'package.json': '{ "name": "orphans", "private": true }',
  'millrace.toml': '[pools.default]\nmax = 1\n',
  'app/api/start/route.js': `
import { execFileSync } from 'node:child_process'
/** Starts a program that detaches itself, and returns its number once it runs by itself. */
export async function POST(request) {
  return Response.json(Number(execFileSync('sh', ['-c', await request.text()]).toString()))
}
export const DELETE = () => process.exit(3)
/** Says its worker's number, and stays open: the next request is for another worker, if any. */
export const GET = () => new Response(new ReadableStream({ start: (body) => body.enqueue(String(process.pid)) }))`,
} as const

async function started(server: Server, program: string): Promise<number> {
  const response = await fetch(`${server.url}/api/start`, { method: 'POST', body: program })
  assert.equal(response.status, 200)
  return (await response.json()) as number
}

/** Returns the process ids of two workers, once both have responded. */
async function twoWorkers(server: Server): Promise<[number, number]> {
  for (;;) {
    const bodies = await Promise.all(
      [0, 1].map(async () => (await fetch(`${server.url}/api/start`)).body!.getReader()),
    )
    const [one, other] = await Promise.all(
      bodies.map(async (body) => Number(new TextDecoder().decode((await body.read()).value))),
    )
    await Promise.all(bodies.map((body) => body.cancel()))
    if (one !== other) return [one!, other!]
  }
}

/** Returns the children of a process, including zombies. */
function children(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  )
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits until a condition holds: there is no event for the exit of another process. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** The process id is printed by the shell that becomes the process. */
const sleeper = `setsid sh -c 'sh -c "echo \\$\\$; exec sleep 1000 >/dev/null 2>&1" &'`

test('processes that workers leave behind end', { timeout: 60_000 }, async () => {
  const directory = project({ files })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  const first = await started(server, sleeper)
  // It is a child of the server now, and not a worker.
  await until(() => children(server.pid).includes(first))
  await fetch(`${server.url}/api/start`, { method: 'DELETE' })
  await until(() => !isThere(first))

  // Processes that exit by themselves are reaped.
  const short = await started(server, `setsid sh -c 'sh -c "echo \\$\\$; exec true" &'`)
  await until(() => !children(server.pid).includes(short))

  const last = await started(server, sleeper)
  await until(() => children(server.pid).includes(last))
  await server.stop()
  assert.ok(!isThere(last))
})

test('a process that a worker has detached lives as long as the worker, even if another worker ends', {
  timeout: 60_000,
}, async () => {
  const directory = project({
    files: { ...files, 'millrace.toml': '[pools.default]\nmin = 2\nmax = 2\n' },
  })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  const workers = await twoWorkers(server)
  const own = await started(server, sleeper)
  await until(() => children(server.pid).includes(own))
  const parent = /MILLRACE_WORKER=(\S+?)\0/.exec(readFileSync(`/proc/${own}/environ`, 'utf8'))![1]
  const of = (pid: number) =>
    /MILLRACE_WORKER=(\S+?)\0/.exec(`${readFileSync(`/proc/${pid}/environ`, 'utf8')}\0`)![1]
  const [ours, other] = workers.sort((a) => (of(a) === parent ? -1 : 1))
  process.kill(other, 'SIGKILL')
  await server.printed(new RegExp(`worker ${other} ended`))
  await until(() => !isThere(other))
  assert.ok(isThere(own))
  process.kill(ours, 'SIGKILL')
  await until(() => !isThere(own))
})

test('a detached process cannot use the control socket', {
  timeout: 60_000,
}, async () => {
  const directory = project({ files })
  await build(directory)
  await using server = await startServer({ command: 'start', directory })
  const output = join(directory, 'output')
  const asker = await started(
    server,
    `setsid sh -c 'sh -c "echo \\$\\$; exec >${output} 2>&1; ${binary()} ps ${directory} --json; echo said \\$?; exec sleep 1000" &'`,
  )
  await until(() => {
    try {
      return /said \d/.test(readFileSync(output, 'utf8'))
    } catch {
      return false
    }
  })
  assert.ok(isThere(asker))
  assert.doesNotMatch(readFileSync(output, 'utf8'), /"pools"/)
})
