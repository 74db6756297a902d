/**
 * Sends hostile HTTP/1.1 messages to Millrace, directly and through nginx and HAProxy: no request
 * is ever seen as two, and no two as one.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { hasNginx } from '../e2e/support/nginx.ts'
import type { RawResponse } from '../e2e/support/raw.ts'
import { exchange, type Got } from './exchange.ts'
import { split, wrongFate } from './judge.ts'
import { downgrades, groups, type Message } from './messages.ts'
import {
  allSeen,
  hasHaproxy,
  type Running,
  type Seen,
  seenField,
  startHaproxy,
  startMillrace,
  startNginx,
} from './servers.ts'

/** How many messages are on their way at a time. */
const atOnce = 16

const all = groups().flatMap(({ messages }) => messages)

let millrace: Running
before(async () => {
  millrace = await startMillrace()
})
after(() => millrace?.stop())

test('there are more than 400 messages, each with its RFC', () => {
  assert.ok(all.length > 400)
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length)
  for (const { id, rfc, direct } of all) {
    assert.match(rfc, /^9\d{3} §\d/, id)
    assert.ok(direct.length > 0, id)
  }
  const requests = downgrades()
  assert.equal(new Set(requests.map(({ id }) => id)).size, requests.length)
  for (const { id, rfc, must } of requests) {
    assert.match(rfc, /^9\d{3} §\d/, id)
    assert.match(must, /^(malformed|one)$/, id)
  }
})

test('a request that is seen as two is found, and two that are seen as one', () => {
  const message = all[0]!
  const response = (what: string) =>
    ({ status: 200, headers: { [seenField]: what } }) as unknown as RawResponse
  const got = (...whats: string[]): Got => ({
    responses: whats.map(response),
    closed: true,
    rest: '',
  })
  const a = { what: 'POST /0abc/a', length: 5 }
  const b = { what: 'GET /0abc/b', length: 0 }
  const inBoth = got('POST /0abc/a 5', 'GET /0abc/b 0')
  assert.equal(split(message, inBoth, [a, b], '0abc'), null)
  assert.match(split(message, got('POST /0abc/a 5'), [a, b], '0abc')!, /the application got/)
  assert.match(split(message, inBoth, [a], '0abc')!, /the application got/)
  assert.match(split(message, got('POST /0xyz/a 5'), [a], '0abc')!, /to another request/)
  const smuggled = { what: 'GET /0abc/smuggled', length: 0 }
  assert.match(wrongFate(message, got(), [smuggled])!, /smuggled/)
})

/** What became of a message. */
interface Outcome {
  readonly message: Message
  readonly id: string
  readonly got: Got
  readonly seen: readonly Seen[]
}

/** Sends all messages to `port`; `way` tells the ways apart. */
async function sendAll(port: number, way: number): Promise<Outcome[]> {
  const results: { message: Message; id: string; got: Got }[] = []
  const left = all.entries()
  const sender = async () => {
    for (const [number, message] of left) {
      const id = (way * 10_000 + number).toString(36).padStart(4, '0')
      results.push({ message, id, got: await exchange(port, message, id) })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, sender))
  const seen = await allSeen(millrace.port)
  return results.map((result) => ({ ...result, seen: seen[result.id] ?? [] }))
}

/** Fails with one line for each fault. */
function assertNone(outcomes: readonly Outcome[], fault: (one: Outcome) => string | null): void {
  assert.equal(outcomes.length, all.length)
  const faults = outcomes.flatMap((one) => {
    const found = fault(one)
    return found === null ? [] : [`${one.message.id} (RFC ${one.message.rfc}): ${found}`]
  })
  assert.deepEqual(faults, [])
}

const splitOf = ({ message, got, seen, id }: Outcome) => split(message, got, seen, id)

describe('messages sent to Millrace', () => {
  let outcomes: Outcome[]
  before(async () => {
    outcomes = await sendAll(millrace.port, 1)
  })
  test('are never split or joined', () => assertNone(outcomes, splitOf))
  test('are treated as their RFC says', () =>
    assertNone(outcomes, ({ message, got, seen }) => wrongFate(message, got, seen)))
})

for (const [name, way, start, installed] of [
  ['nginx', 2, startNginx, hasNginx],
  ['HAProxy', 3, startHaproxy, hasHaproxy],
] as const) {
  test(`messages sent through ${name} are never split or joined`, {
    skip: installed ? false : `${name} is not installed`,
  }, async () => {
    const front = await start(millrace.port)
    try {
      const outcomes = await sendAll(front.port, way)
      assertNone(outcomes, splitOf)
      // Otherwise nothing would have been shown.
      const passed = outcomes.filter(({ seen }) => seen.length > 0)
      assert.ok(passed.length > 100, `only ${passed.length} messages reached Millrace`)
    } finally {
      await front.stop()
    }
  })
}
