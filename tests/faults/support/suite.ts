/**
 * Runs one faulty handler after another in a running server, and checks what its own client gets,
 * what other clients get meanwhile, and that the pool recovers. For routes in any language; each
 * test file supplies its own.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import {
  build,
  project,
  RawClient,
  rawRequest,
  run,
  type Server,
  startServer,
} from '../../e2e/support/index.ts'
import { Crowd } from './crowd.ts'
import { hasBegun } from './marker.ts'

const connections = 8
const workers = 2
/** Milliseconds after which a test counts as hung; a busy machine needs minutes. */
const hung = 600_000

/** What the client of a faulty route must get. */
export interface Fault {
  readonly status: number
  readonly body?: RegExp
  /** What the log must contain about the worker's end; absent if it survives. */
  readonly death?: RegExp
}

/** A project with faulty routes. */
export interface FaultProject {
  /** By name. */
  readonly faults: Readonly<Record<string, Fault>>
  /** Returns the folder of the project, built; `settings` is its millrace.toml. */
  readonly prepare: (settings: string) => Promise<string>
  /** Returns the target of a fault, by its name. */
  readonly target: (fault: string) => string
  /** Targets of well-behaved routes, in the workers of the faults. */
  readonly quiet: readonly string[]
  /** The target of a route with an endless response; absent if there is none. */
  readonly flow?: string
  /** Returns the targets to which the server itself responds: no fault affects them. */
  readonly unaffected?: (directory: string) => readonly string[]
  /** `memory_hard` of the workers. */
  readonly memory: string
  /** How many requests are sent, one after another, before the first fault and after the last. */
  readonly calmRequests: number
}

/**
 * Describes a project with nothing but routes, as files: `/api/NAME` for each fault, `/api/quiet`,
 * and `/api/flow`, which has an endless response.
 */
export function routesProject(
  faults: Readonly<Record<string, Fault>>,
  files: Readonly<Record<string, string>>,
): FaultProject {
  return {
    faults,
    prepare: async (settings) => {
      const directory = project({
        files: {
          'package.json': '{ "name": "faults", "private": true }',
          'millrace.toml': settings,
          ...files,
        },
      })
      await build(directory)
      return directory
    },
    target: (fault) => `/api/${fault}`,
    quiet: ['/api/quiet'],
    flow: '/api/flow',
    memory: '256MB',
    calmRequests: 500,
  }
}

/** Defines the tests. */
export function faultTests(site: FaultProject): void {
  const { faults, quiet } = site
  let server: Server
  let directory: string
  let memoryAtFirst: number
  let unaffected: readonly string[] = []
  const table: string[][] = [
    ['fault', 'its client', 'others: requests/s', 'p99 ms', 'not 200', 'recovered after ms'],
  ]

  before(async () => {
    directory = await site.prepare(
      `[pools.default]\nmin = ${workers}\nmax = ${workers}\nblocked = "2s"\nmemory_hard = "${site.memory}"\nopen_files = 512\n`,
    )
    unaffected = site.unaffected?.(directory) ?? []
    server = await startServer({ command: 'start', directory })
    await poolReady()
  })

  after(async () => {
    // Processes that a worker has left behind have ended with it.
    for (const [, pid] of server.output().matchAll(/forked (\d+)\./g))
      assert.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' })
    const { code } = await server.stop()
    const widths = table[0]!.map((_, column) =>
      Math.max(...table.map((row) => row[column]!.length)),
    )
    for (const row of table)
      console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`)
    assert.equal(code, 0)
  })

  interface Worker {
    readonly pid: number
    readonly state: string
  }

  async function report(): Promise<{ rss: number; pools: { name: string; workers: Worker[] }[] }> {
    const { stdout, stderr, code } = await run(['ps', directory, '--json'])
    assert.equal(code, 0, stderr)
    return JSON.parse(stdout)[0]
  }

  /** Waits until the pool has its workers, ready, and no others. */
  async function poolReady(): Promise<void> {
    for (;;) {
      const all = (await report()).pools.find(({ name }) => /^default\b/.test(name))!.workers
      if (all.length === workers && all.every(({ state }) => state === 'ready')) return
      await turn()
    }
  }

  const descriptors = () => readdirSync(`/proc/${server.pid}/fd`).length
  const resident = () =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) * 1024

  async function quietRun(): Promise<void> {
    const crowd = new Crowd(server.port, connections, quiet)
    for (let i = 0; i < site.calmRequests; i++)
      await rawRequest(
        server.port,
        `GET ${quiet[0]} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      )
    const seen = await crowd.stop()
    table.push([
      '(none)',
      '200',
      String(seen.perSecond),
      seen.p99.toFixed(1),
      String(seen.others.size),
      '',
    ])
  }

  test('without a fault all requests succeed', { timeout: hung }, async () => {
    await quietRun()
    memoryAtFirst = resident()
  })

  for (const [name, fault] of Object.entries(faults)) {
    test(name, { timeout: hung }, async () => {
      const printed = server.output().length
      const descriptorsBefore = descriptors()
      const crowd = new Crowd(server.port, connections, quiet)
      const others = new Crowd(server.port, unaffected.length, unaffected)
      const bring = async () => {
        const response = await rawRequest(
          server.port,
          `GET ${site.target(name)} HTTP/1.1\r\nHost: fault\r\nConnection: close\r\n\r\n`,
        )
        assert.equal(response.status, fault.status, response.body.slice(0, 300))
        return response
      }
      let response = await bring()
      let brought = 1
      // One whose deadline passed while it waited for the worker has not brought the fault.
      for (; fault.death && fault.status === 504 && !hasBegun(name); brought++)
        response = await bring()
      if (fault.body) assert.match(response.body, fault.body)
      const responded = performance.now()
      if (fault.death) await server.printed(fault.death, printed)
      await poolReady()
      const took = performance.now() - responded
      const [seen, untouched] = await Promise.all([crowd.stop(), others.stop()])
      assert.deepEqual([...untouched.others], [], 'responses of the server itself')
      if (unaffected.length > 0) assert.ok(untouched.responses > 0)
      table.push([
        name,
        String(response.status),
        String(seen.perSecond),
        seen.p99.toFixed(1),
        [...seen.others].map(([status, count]) => `${count} × ${status}`).join(' ') || '0',
        took.toFixed(0),
      ])

      // The other clients got responses, and only those in the same worker at its end got other
      // ones.
      assert.ok(seen.responses > 0)
      const deaths = [
        ...server
          .output()
          .slice(printed)
          .matchAll(/^.*worker \d+ .*?ended: /gm),
      ].length
      const expected = fault.death ? 1 : 0
      assert.ok(
        deaths >= expected && deaths <= expected * brought,
        `${deaths} workers ended\n${server.output().slice(printed)}`,
      )
      for (const [status, count] of seen.others) {
        assert.equal(status, 502)
        assert.ok(count <= deaths * connections, `${count} other requests failed`)
      }
      await settled(descriptorsBefore)
    })
  }

  /**
   * Waits until the server has no more descriptors open than `before`: those of the other clients
   * are being closed.
   */
  async function settled(before: number): Promise<void> {
    while (descriptors() > before) await turn()
  }

  const { flow } = site
  if (flow !== undefined) {
    test('clients that do not read and then disconnect use bounded memory', {
      timeout: hung,
    }, async () => {
      const descriptorsBefore = descriptors()
      const memoryBefore = resident()
      const crowd = new Crowd(server.port, connections, quiet)
      const slow = await Promise.all(
        Array.from({ length: 50 }, () => RawClient.connect(server.port)),
      )
      for (const client of slow) {
        client.pause()
        await client.send(`GET ${flow} HTTP/1.1\r\nHost: slow\r\n\r\n`)
      }
      for (let i = 0; i < 200; i++) {
        const { status } = await rawRequest(
          server.port,
          `GET ${quiet[0]} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
        )
        assert.equal(status, 200)
      }
      // The memory per client is limited: the window of its stream, plus overhead.
      assert.ok(
        resident() - memoryBefore < 50 * 1024 * 1024,
        `${(resident() - memoryBefore) >> 20} MB for 50 clients`,
      )
      for (const client of slow) client[Symbol.dispose]()
      const seen = await crowd.stop()
      assert.equal(seen.others.size, 0)
      table.push([
        'clients that do not read',
        '200',
        String(seen.perSecond),
        seen.p99.toFixed(1),
        '0',
        '',
      ])
      await settled(descriptorsBefore)
    })
  }

  test('afterwards memory and descriptors are as before', { timeout: hung }, async () => {
    await quietRun()
    await poolReady()
    // AddressSanitizer keeps up to 256 MB of freed memory.
    const slack = readFileSync(`/proc/${server.pid}/maps`, 'utf8').includes('libasan') ? 300 : 48
    assert.ok(
      resident() - memoryAtFirst < slack * 1024 * 1024,
      `the server has grown by ${(resident() - memoryAtFirst) >> 20} MB`,
    )
    assert.match(server.output(), /ready in/)
  })
}
