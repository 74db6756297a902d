/** Tests the socket of upgraded connections, with frames that are recorded instead of sent. */
import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'

import { AbortReason, initialCredit } from '../../../protocol/generated/frames.ts'
import { Invocation, type FrameSink } from '../src/invocation/invocation.ts'
import type { LoadedRoute } from '../src/project/generation.ts'
import { maxHead, parseRawHead } from '../src/upgrade/raw_response.ts'
import { TunnelSocket } from '../src/upgrade/tunnel_socket.ts'

const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'

/** A socket, and what has been sent for it. */
class Tunnel {
  readonly sent: string[] = []
  readonly invocation: Invocation
  readonly socket: TunnelSocket
  granted = 0

  constructor() {
    const { sent } = this
    const sink: FrameSink = {
      response: (_stream, { status, fields, body, end }) =>
        sent.push(`${status} ${fields.replaceAll('\r\n', '|')} ${body ?? ''}${end ? '.' : ''}`),
      upgrade: (_stream, fields) => sent.push(`upgrade ${fields.replaceAll('\r\n', '|')}`),
      inform: (_stream, fields) => sent.push(`inform ${fields.replaceAll('\r\n', '|')}`),
      body: (_stream, bytes, end) =>
        sent.push(`body ${Buffer.from(bytes).toString('latin1')}${end ? '.' : ''}`),
      end: () => sent.push('end'),
      abort: (_stream, reason) => sent.push(`abort ${reason}`),
      credit: (_stream, bytes) => (this.granted += bytes),
      over: () => sent.push('over'),
    }
    const text = 'GET127.0.0.1/live'
    const route = { path: '/live', file: 'live.ts', kind: 'pages', parameters: [] }
    const generation = { development: false }
    this.invocation = new Invocation(
      {
        stream: 1,
        target: { route, generation } as unknown as LoadedRoute,
        methodLength: 3,
        remoteAddressLength: 9,
        targetLength: 5,
        parametersLength: 0,
        remotePort: 5000,
        httpVersion: 11,
        secure: false,
        hasBody: false,
        fill: false,
        upgrade: true,
        text,
      },
      sink,
      { add: () => undefined },
    )
    this.socket = new TunnelSocket(this.invocation, new EventEmitter())
  }

  receive(text: string, last = false): boolean {
    const bytes = Buffer.from(text)
    return this.invocation.receiveBody(bytes, 0, bytes.length, last)
  }
}

/** A tunnel that has been accepted. */
function open(): Tunnel {
  const tunnel = new Tunnel()
  tunnel.socket.write(accepted)
  tunnel.sent.length = 0
  return tunnel
}

test('the response that is written begins the tunnel, also in pieces', () => {
  const tunnel = new Tunnel()
  tunnel.socket.write(accepted.slice(0, 20))
  assert.deepEqual(tunnel.sent, [])
  tunnel.socket.write(`${accepted.slice(20)}at once`)
  assert.deepEqual(tunnel.sent, ['upgrade Upgrade: websocket|', 'body at once'])
  assert.equal(tunnel.socket.bytesWritten, accepted.length + 7)
  assert.equal(tunnel.invocation.tunnel, true)
})

test('bytes pass in both directions, and each side ends its own', async () => {
  const tunnel = open()
  tunnel.socket.write('down')
  assert.ok(tunnel.receive('up'))
  assert.equal(String((await once(tunnel.socket, 'data'))[0]), 'up')
  tunnel.socket.end('last')
  await once(tunnel.socket, 'finish')
  assert.deepEqual(tunnel.sent, ['body down', 'body last', 'end'])
  assert.ok(tunnel.receive('', true))
  await once(tunnel.socket, 'close')
  assert.deepEqual(tunnel.sent.slice(3), ['over'])
})

test('the client can end first', async () => {
  const tunnel = open()
  tunnel.socket.resume()
  assert.ok(tunnel.receive('', true))
  await once(tunnel.socket, 'end')
  assert.equal(tunnel.socket.readyState, 'writeOnly')
  tunnel.socket.end('last')
  await once(tunnel.socket, 'close')
  assert.deepEqual(tunnel.sent, ['body last', 'end', 'over'])
})

test('writing waits for credit, and reading grants it', async () => {
  const tunnel = open()
  const half = 'x'.repeat(initialCredit / 2)
  assert.equal(tunnel.receive(half), true)
  assert.equal(tunnel.granted, 0, 'no one has read it')
  tunnel.socket.resume()
  await new Promise(setImmediate)
  assert.equal(tunnel.granted, initialCredit / 2)
  assert.equal(tunnel.receive('x'.repeat(initialCredit + 1)), false, 'more than the credit')

  let written = false
  tunnel.socket.write('y'.repeat(initialCredit))
  tunnel.socket.write('z', () => (written = true))
  await new Promise(setImmediate)
  assert.equal(written, false)
  tunnel.invocation.receiveCredit(10)
  await new Promise(setImmediate)
  assert.equal(written, true)
})

test('destroying it aborts the stream', async () => {
  const tunnel = open()
  tunnel.socket.destroy()
  await once(tunnel.socket, 'close')
  assert.deepEqual(tunnel.sent, [`abort ${AbortReason.handlerFailed}`, 'over'])
})

test('a client that has left closes it, and nothing is sent', async () => {
  const tunnel = open()
  tunnel.invocation.receiveAbort(AbortReason.clientGone)
  await once(tunnel.socket, 'close')
  assert.deepEqual(tunnel.sent, ['over'])
})

test('a rejection is an ordinary response', async () => {
  const tunnel = new Tunnel()
  tunnel.socket.end(
    'HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 4\r\nX-A: b\r\n\r\nno!!',
  )
  await once(tunnel.socket, 'finish')
  assert.deepEqual(tunnel.sent, [
    '403 Content-Length: 4|X-A: b|Connection: close| ',
    'body no!!',
    'end',
    'over',
  ])
})

test('a socket that is ended or destroyed without a response makes it 400', async () => {
  for (const how of ['end', 'destroy'] as const) {
    const tunnel = new Tunnel()
    tunnel.socket[how]()
    await once(tunnel.socket, 'close')
    assert.match(tunnel.sent[0]!, /^400 .*was not accepted\.\n\.$/s)
  }
})

test('bytes that are no response make it 400 and destroy the socket', async () => {
  for (const text of ['hello\r\n\r\n', 'x'.repeat(maxHead + 1), 'HTTP/1.1 100 Continue\r\n\r\n']) {
    const tunnel = new Tunnel()
    const failed = once(tunnel.socket, 'error')
    tunnel.socket.write(text)
    await failed
    assert.match(tunnel.sent[0]!, /^400 /)
  }
})

test('a drain sends a Close frame and cuts those who do not close', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const tunnel = open()
  tunnel.invocation.receiveDrain()
  await new Promise(setImmediate)
  tunnel.socket.write('discarded')
  assert.deepEqual(tunnel.sent, ['body \x88\x02\x03\xf4'])
  t.mock.timers.tick(5000)
  assert.equal(tunnel.socket.destroyed, true)
})

test('a drain ends a tunnel of another protocol', async () => {
  const tunnel = new Tunnel()
  tunnel.socket.write('HTTP/1.1 101 \r\nUpgrade: other\r\n\r\n')
  tunnel.invocation.receiveDrain()
  await once(tunnel.socket, 'finish')
  assert.deepEqual(tunnel.sent, ['upgrade Upgrade: other|', 'end'])
  tunnel.socket.destroy()
})

test('silence is reported with timeout', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const tunnel = open()
  let timeouts = 0
  tunnel.socket.setTimeout(100, () => ++timeouts)
  t.mock.timers.tick(99)
  assert.equal(timeouts, 0)
  t.mock.timers.tick(1)
  assert.equal(timeouts, 1)
  tunnel.socket.setTimeout(0)
})

test('heads that are not understood are rejected', () => {
  for (const head of [
    '',
    'HTTP/2 200 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 103 Early Hints',
    'HTTP/1.1 200 OK\r\nno colon',
    'HTTP/1.1 200 OK\r\na b: c',
    'HTTP/1.1 200 OK\r\na: b\nc: d',
    'HTTP/1.1 200 OK\r\nContent-Length: 5x',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-length: 6',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked',
    'HTTP/1.1 200 O\nK',
  ])
    assert.throws(() => parseRawHead(head), Error, head)
})
