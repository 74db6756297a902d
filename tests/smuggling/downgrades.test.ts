/**
 * Sends hostile HTTP/2 requests to Millrace, whose own routes get them, and to a Millrace that
 * forwards them over HTTP/1.1: a request that HTTP/1.1 would read differently never goes on.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Http2Client } from '../http2-conformance/client.ts'
import { block, encode, flags, types } from '../http2-conformance/frames.ts'
import { type Downgrade, downgrades } from './messages.ts'
import { allSeen, type Running, type Seen, startForwarder, startMillrace } from './servers.ts'

let application: Running
let forwarder: Running
before(async () => {
  application = await startMillrace()
  forwarder = await startForwarder(application.port)
})
after(async () => {
  await forwarder?.stop()
  await application?.stop()
})

/** What became of a request: the status of its response, or `reset`. */
type Fate = number | 'reset'

async function send(port: number, { fields, body }: Downgrade, id: string): Promise<Fate> {
  using client = await Http2Client.connect(port)
  await client.handshake()
  const named = (text: string) => text.replaceAll('{id}', id)
  const head = block(fields.map(([name, value]) => [named(name), named(value)] as const))
  const data = Buffer.from(named(body), 'latin1')
  const ends = data.length === 0 ? flags.END_STREAM : 0
  client.send(encode(types.HEADERS, flags.END_HEADERS | ends, 1, head))
  if (data.length > 0) client.send(encode(types.DATA, flags.END_STREAM, 1, data))
  const end = await client.find(
    ({ type, stream, flags: bits }) =>
      type === types.GOAWAY ||
      (stream === 1 &&
        (type === types.RST_STREAM || (type <= types.HEADERS && (bits & flags.END_STREAM) !== 0))),
  )
  return end === null || end.type > types.HEADERS ? 'reset' : client.statusOf(1)
}

/** Returns what is wrong with the fate of a request, or null. */
function faultOf({ must, body }: Downgrade, fate: Fate, seen: readonly Seen[]): string | null {
  const told = `${fate}; the application got ${JSON.stringify(seen)}`
  if (seen.some(({ what }) => what.includes('smuggled'))) return told
  if (must === 'malformed') {
    const refused = fate === 'reset' || fate === 400
    return refused && seen.every(({ length }) => length === null) ? null : told
  }
  const whole = seen.length === 1 && seen[0]?.length === body.length
  return fate === 200 && whole ? null : told
}

test('a request that goes on although it is malformed is found', () => {
  const [malformed] = downgrades().filter(({ must }) => must === 'malformed')
  const [one] = downgrades().filter(({ must }) => must === 'one')
  const seen = { what: 'POST /0abc/a', length: 0 }
  assert.equal(faultOf(malformed!, 'reset', []), null)
  assert.notEqual(faultOf(malformed!, 200, []), null)
  assert.notEqual(faultOf(malformed!, 'reset', [seen]), null)
  assert.notEqual(faultOf(one!, 'reset', []), null)
  assert.notEqual(faultOf(one!, 200, [seen, { what: 'GET /0abc/smuggled', length: 0 }]), null)
})

for (const [name, first, port] of [
  ['sent to routes', 40_000, () => application.port],
  ['forwarded over HTTP/1.1', 44_000, () => forwarder.port],
] as const) {
  describe(`HTTP/2 requests ${name}`, () => {
    test('are refused, or are one request', async () => {
      const sent: { request: Downgrade; id: string; fate: Fate }[] = []
      for (const [number, request] of downgrades().entries()) {
        const id = (first + number).toString(36).padStart(4, '0')
        sent.push({ request, id, fate: await send(port(), request, id) })
      }
      const seen = await allSeen(application.port)
      const faults = sent.flatMap(({ request, id, fate }) => {
        const fault = faultOf(request, fate, seen[id] ?? [])
        return fault === null ? [] : [`${request.id} (RFC ${request.rfc}): ${fault}`]
      })
      assert.deepEqual(faults, [])
      assert.ok(sent.filter(({ fate }) => fate === 200).length >= 5)
    })
  })
}
