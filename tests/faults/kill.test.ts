/**
 * Kills workers under load. Required: each request gets exactly one response, and the only failures
 * are 502s of requests that were in flight in a killed worker.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  build,
  project,
  RawClient,
  type RawResponse,
  run,
  startServer,
} from '../e2e/support/index.ts'

const total = 10_000
const connections = 64
const killEvery = 200

let directory: string

before(async () => {
  directory = project({
    files: {
      'package.json': '{ "name": "kill", "private": true }',
      'pages/api/hello.js': `export default async function handler(req, res) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        res.status(200).json({ id: req.query.id })
      }`,
      'pages/api/echo.js': `export default async function handler(req, res) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        res.status(201).json({ id: req.body.id, length: req.body.padding.length })
      }`,
      'app/api/route/[id]/route.js': `export async function GET(request, { params }) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return Response.json({ id: (await params).id })
      }`,
      'app/api/order/route.js': `export async function POST(request) {
        const { id, padding } = await request.json()
        await new Promise((resolve) => setTimeout(resolve, 20))
        return Response.json({ id, length: padding.length }, { status: 201 })
      }`,
    },
  })
  await build(directory)
})

/** A request's bytes, and the response of a live worker. */
interface Exchange {
  readonly bytes: string
  readonly status: number
  readonly body: string
}

/**
 * Returns the `i`th request: alternates both routers and both kinds of body framing, with bodies up
 * to 80 kB.
 */
function exchange(i: number): Exchange {
  const id = String(i)
  const get = (target: string) => ({
    bytes: `GET ${target} HTTP/1.1\r\nHost: kill\r\n\r\n`,
    status: 200,
    body: JSON.stringify({ id }),
  })
  const post = (target: string, chunked: boolean) => {
    const padding = 'x'.repeat((i * 997) % 80_000)
    const body = JSON.stringify({ id, padding })
    const head = `POST ${target} HTTP/1.1\r\nHost: kill\r\nContent-Type: application/json\r\n`
    const middle = body.length >> 1
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`
    return {
      bytes: chunked
        ? `${head}Transfer-Encoding: chunked\r\n\r\n${chunk(body.slice(0, middle))}${chunk(body.slice(middle))}0\r\n\r\n`
        : `${head}Content-Length: ${body.length}\r\n\r\n${body}`,
      status: 201,
      body: JSON.stringify({ id, length: padding.length }),
    }
  }
  switch (i % 6) {
    case 0:
      return get(`/api/hello?id=${id}`)
    case 1:
      return post('/api/echo', false)
    case 2:
      return get(`/api/route/${id}`)
    case 3:
      return post('/api/order', true)
    case 4:
      return post('/api/order', false)
    default:
      return post('/api/echo', true)
  }
}

/** Returns the parent of a process, or null if the process does not exist. */
function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return null
  }
}

/**
 * Returns the workers that are ready. If starting workers were killed too, a slow machine would
 * never have a ready one.
 */
async function ready(): Promise<number[]> {
  const { stdout, stderr, code } = await run(['ps', directory, '--json'])
  assert.equal(code, 0, stderr)
  const workers: { pid: number; state: string }[] = JSON.parse(stdout)[0].pools[0].workers
  return workers.filter(({ state }) => state === 'ready').map(({ pid }) => pid)
}

interface Kill {
  readonly at: number
  /** When the server noticed it, observed from outside: the process is reaped. */
  reaped: number
}

interface Outcome {
  readonly sent: number
  readonly completed: number
  readonly response: RawResponse
  readonly expected: Exchange
}

test('10,000 requests get one response each while a worker is killed every 200 ms', {
  timeout: 600_000,
}, async (t) => {
  await using server = await startServer({ command: 'start', directory, args: ['--workers', '2'] })
  const kills: Kill[] = []
  let done = false

  // The timer causes the faults; it does not wait for anything.
  const killer = (async () => {
    for (let turn = 0; !done; turn++) {
      await pause(killEvery)
      const workers = await ready()
      const victim = workers[turn % workers.length]
      if (victim === undefined || done) continue
      const kill = { at: performance.now(), reaped: Infinity }
      kills.push(kill)
      process.kill(victim, 'SIGKILL')
      while (parentOf(victim) === server.pid) await pause(1)
      kill.reaped = performance.now()
    }
  })()

  const outcomes: Outcome[] = []
  let next = 0
  const connection = async () => {
    let client = await RawClient.connect(server.port)
    while (next < total) {
      const expected = exchange(next++)
      const sent = performance.now()
      await client.send(expected.bytes)
      const response = await client.response()
      outcomes.push({ sent, completed: performance.now(), response, expected })
      if (/close/i.test(response.headers['connection'] ?? '')) {
        assert.equal(await client.closed(), '', 'bytes after a response that closes')
        client = await RawClient.connect(server.port)
      } else {
        assert.equal(client.received(), '', 'bytes after a response')
      }
    }
    // One more request, which must get its own response: nothing of earlier ones remains.
    await client.send('GET /api/none HTTP/1.1\r\nHost: kill\r\nConnection: close\r\n\r\n')
    assert.equal((await client.response()).status, 404)
    assert.equal(await client.closed(), '', 'bytes after the last response')
  }
  await Promise.all(Array.from({ length: connections }, connection))
  done = true
  await killer

  assert.equal(outcomes.length, total)
  let failed = 0
  for (const { sent, completed, response, expected } of outcomes) {
    if (response.status === expected.status) {
      assert.equal(response.body, expected.body)
      continue
    }
    failed++
    assert.equal(
      response.status,
      502,
      `${response.statusLine} to ${expected.bytes.slice(0, 60)}: ${response.body}`,
    )
    const inside = kills.some((kill) => sent <= kill.reaped && completed >= kill.at)
    assert.ok(
      inside,
      `a 502 at ${sent}–${completed} ms, but no worker died then: ${JSON.stringify(kills)}`,
    )
  }
  t.diagnostic(`${kills.length} workers killed, ${failed} of ${total} requests got 502`)
  assert.ok(
    kills.length >= 5,
    `only ${kills.length} kills: the load was too short to show anything`,
  )
  assert.ok(failed > 0, 'no request was in flight in a killed worker: the faults had no effect')
  assert.ok(failed <= kills.length * connections, `${failed} failures after ${kills.length} kills`)

  // Afterwards requests succeed, and there are as many workers as before.
  for (let i = 0; i < 200; i++) {
    using client = await RawClient.connect(server.port)
    const expected = exchange(i)
    await client.send(expected.bytes)
    const response = await client.response()
    assert.deepEqual([response.status, response.body], [expected.status, expected.body])
  }
})
