import assert from 'node:assert/strict'
import { test } from 'node:test'

import { flagEnd, frameHeadSize, Kind, maxPayload } from '../../../protocol/generated/frames.ts'
import { FrameReader } from '../src/link/frame_reader.ts'
import { FrameWriter } from '../src/link/frame_writer.ts'
import { encodeFrame, encodeInvoke } from './support.ts'

interface Seen {
  kind: number
  flags: number
  stream: number
  payload: Buffer
}

function makeReader(): { seen: Seen[]; feed: (bytes: Uint8Array, step: number) => boolean } {
  const seen: Seen[] = []
  const reader = new FrameReader({
    frame(kind, flags, stream, bytes, start, end) {
      seen.push({ kind, flags, stream, payload: Buffer.from(bytes.subarray(start, end)) })
      return kind !== 77
    },
  })
  const feed = (bytes: Uint8Array, step: number): boolean => {
    for (let at = 0; at < bytes.length; ) {
      const space = reader.space()
      assert.ok(space.length > 0)
      const piece = bytes.subarray(at, at + Math.min(step, space.length))
      space.set(piece)
      if (!reader.advance(piece.length)) return false
      at += piece.length
    }
    return true
  }
  return { seen, feed }
}

test('frames are parsed the same however they are split', () => {
  const frames = [
    encodeFrame(Kind.ping, 0, Buffer.alloc(8, 1)),
    encodeInvoke(1, { url: '/a' }),
    encodeFrame(Kind.body, 1, Buffer.alloc(70_000, 2)),
    encodeFrame(Kind.end, 1, '', flagEnd),
    encodeFrame(Kind.body, 0xfffffffe, Buffer.alloc(maxPayload, 3)),
    encodeFrame(Kind.drain, 0),
  ]
  for (const step of [1009, 4096, 65536, 131072, 1e9]) {
    const { seen, feed } = makeReader()
    assert.ok(feed(Buffer.concat([...frames, ...frames]), step))
    assert.equal(seen.length, 2 * frames.length)
    for (const [index, frame] of seen.entries()) {
      const { kind, flags, stream, payload } = frame
      assert.deepEqual(encodeFrame(kind, stream, payload, flags), frames[index % frames.length])
    }
  }
  const { seen, feed } = makeReader()
  assert.ok(feed(Buffer.concat(frames.slice(0, 2)), 1))
  assert.equal(seen.length, 2)
})

test('nothing is read after an error', () => {
  const { seen, feed } = makeReader()
  assert.equal(feed(Buffer.concat([encodeFrame(77, 0), encodeFrame(Kind.drain, 0)]), 1e9), false)
  assert.equal(seen.length, 1)
  assert.equal(feed(encodeFrame(Kind.drain, 0), 1e9), false)
})

test('frames written in a turn are sent in one piece, and can be parsed', async () => {
  const sent: Buffer[] = []
  const writer = new FrameWriter((bytes, done) => {
    sent.push(Buffer.from(bytes))
    done()
  })
  writer.response(5, {
    status: 404,
    reason: 'Gone Fishing',
    fields: 'X-A: \u00e4\r\n',
    body: 'b\u00f6dy \u{1f600}',
    end: true,
  })
  writer.frame(Kind.body, 6, Buffer.from('abc'), true)
  writer.credit(7, 0x80000001)
  writer.text(Kind.log, 0, 2, 'z\u00fcrich')
  assert.equal(sent.length, 0)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(sent.length, 1)

  const { seen, feed } = makeReader()
  assert.ok(feed(sent[0]!, 1e9))
  const [response, body, credit, log] = seen as [Seen, Seen, Seen, Seen]
  assert.equal(response.payload.readUInt16LE(0), 404)
  assert.equal(response.payload.toString('latin1', 8, 20), 'Gone Fishing')
  assert.equal(response.payload.readUInt32LE(4), 9)
  // In UTF-8, as node:http sends the head of a text.
  assert.equal(response.payload.toString('utf8', 20, 29), 'X-A: \u00e4\r\n')
  assert.equal(response.payload.toString('utf8', 29), 'b\u00f6dy \u{1f600}')
  assert.equal(response.flags, flagEnd)
  assert.deepEqual([body.stream, body.flags, body.payload.toString()], [6, flagEnd, 'abc'])
  assert.equal(credit.payload.readUInt32LE(0), 0x80000001)
  assert.equal(log.payload.toString('utf8', 1), 'z\u00fcrich')
})

test('a burst longer than the buffer is sent in order', async () => {
  const sent: Buffer[] = []
  const writer = new FrameWriter((bytes, done) => {
    sent.push(Buffer.from(bytes))
    setImmediate(done)
  })
  for (let i = 0; i < 50; ++i)
    writer.frame(Kind.body, i + 1, Buffer.alloc(9000 * (1 + (i % 30)), i))
  writer.flush()
  const { seen, feed } = makeReader()
  assert.ok(feed(Buffer.concat(sent), 1e9))
  assert.equal(seen.length, 50)
  for (const [i, frame] of seen.entries()) {
    assert.equal(frame.stream, i + 1)
    assert.deepEqual(frame.payload, Buffer.alloc(9000 * (1 + (i % 30)), i))
  }
  assert.ok(sent.length > 1 && sent.every((bytes) => bytes.length >= frameHeadSize))
})
