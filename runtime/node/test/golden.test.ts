// protocol/golden.json contains frames with their meaning; the server's tests decode the same ones.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { flagEnd, Kind, type SentBy } from '../../../protocol/generated/frames.ts'
import { FrameReader } from '../src/link/frame_reader.ts'
import { FrameWriter } from '../src/link/frame_writer.ts'
import type { Invocation } from '../src/invocation/invocation.ts'
import { Worker } from '../src/worker/worker_core.ts'
import { encodeFrame, TestProject } from './support.ts'

interface Golden {
  name: string
  hex: string
  kind: keyof typeof Kind
  stream: number
  end: boolean
  text?: string
  reason?: number
  credit?: number
  level?: number
  invoke?: {
    generation: number
    route: number
    method: string
    remote_address: string
    remote_port: number
    http_version: number
    secure: boolean
    /** Absent: false. */
    upgrade?: boolean
    target: string
    parameters: string
    fields: string
  }
  response?: { status: number; reason: string; fields: string; body: string }
}

const golden = JSON.parse(
  readFileSync(new URL('../../../protocol/golden.json', import.meta.url), 'utf8'),
) as {
  frames: Golden[]
}

/** A worker without a process: what it writes is collected, and invocations are recorded. */
function makeWorker(): {
  worker: Worker
  feed: (bytes: Buffer) => boolean
  invocations: Invocation[]
} {
  const invocations: Invocation[] = []
  const writer = new FrameWriter((_bytes, done) => done())
  const worker = new Worker(
    (invocation) => invocations.push(invocation),
    { loaded: () => undefined, prepare: () => Promise.resolve() },
    () => ({
      writer,
      unsent: 0,
      whenSent: (callback) => callback(),
      flushSync: () => undefined,
      unref: () => undefined,
    }),
  )
  const reader = new FrameReader(worker)
  const feed = (bytes: Buffer): boolean => {
    reader.space().set(bytes)
    return reader.advance(bytes.length)
  }
  return { worker, feed, invocations }
}

function load(feed: (bytes: Buffer) => boolean, project: TestProject, generation: number): void {
  const routes = Array.from({ length: 4 }, () => ({ source: '' }))
  const manifest = project.writeGeneration(routes, 'production', generation)
  const text = JSON.stringify({ generation, manifest, root: process.cwd(), mode: 'production' })
  assert.ok(feed(encodeFrame(Kind.load, 0, text)))
}

for (const frame of golden.frames) {
  test(`golden: ${frame.name}`, () => {
    const bytes = Buffer.from(frame.hex, 'hex')
    const seen: { kind: number; flags: number; stream: number; payload: Buffer }[] = []
    const reader = new FrameReader({
      frame(kind, flags, stream, buffer, start, end) {
        seen.push({ kind, flags, stream, payload: Buffer.from(buffer.subarray(start, end)) })
        return true
      },
    })
    reader.space().set(bytes)
    assert.ok(reader.advance(bytes.length))
    assert.equal(seen.length, 1)
    const { kind, flags, stream, payload } = seen[0]!
    assert.equal(kind, Kind[frame.kind])
    assert.equal(stream, frame.stream)
    assert.equal((flags & flagEnd) !== 0, frame.end)
    if (frame.level !== undefined) assert.equal(payload.toString('utf8', 1), frame.text)
    else if (frame.text !== undefined) assert.equal(payload.toString(), frame.text)
    if (frame.reason !== undefined) assert.equal(payload[0], frame.reason)
    if (frame.invoke !== undefined) checkInvoke(bytes, frame.invoke)
    else assert.deepEqual(encode(frame), bytes)
  })
}

function checkInvoke(bytes: Buffer, expected: NonNullable<Golden['invoke']>): void {
  using project = new TestProject()
  const { feed, invocations } = makeWorker()
  load(feed, project, expected.generation)
  assert.ok(feed(bytes))
  const invocation = invocations[0]!
  assert.equal(invocation.target.generation.number, expected.generation)
  assert.equal(invocation.target.generation.routes.indexOf(invocation.target), expected.route)
  assert.equal(invocation.method, expected.method)
  assert.equal(invocation.remoteAddress, expected.remote_address)
  assert.equal(invocation.remotePort, expected.remote_port)
  assert.equal(invocation.httpVersion, expected.http_version)
  assert.equal(invocation.secure, expected.secure)
  assert.equal(invocation.upgrade, expected.upgrade ?? false)
  assert.equal(invocation.url, expected.target)
  assert.equal(invocation.rawParameters, expected.parameters)
  assert.equal(invocation.rawFields, expected.fields)
}

/** Encodes the frame as the worker does. */
function encode(frame: Golden): Buffer {
  let sent = Buffer.alloc(0)
  const writer = new FrameWriter((bytes, done) => {
    sent = Buffer.concat([sent, bytes])
    done()
  })
  const { response } = frame
  if (response !== undefined) {
    const { status, reason, fields, body } = response
    writer.response(frame.stream, { status, reason, fields, body: body || null, end: frame.end })
  } else if (frame.credit !== undefined) writer.credit(frame.stream, frame.credit)
  else if (frame.level !== undefined) writer.text(Kind.log, frame.stream, frame.level, frame.text!)
  else {
    const payload =
      frame.reason !== undefined
        ? Uint8Array.of(frame.reason)
        : frame.text !== undefined
          ? Buffer.from(frame.text)
          : Buffer.from(frame.hex, 'hex').subarray(12)
    writer.frame(Kind[frame.kind] as SentBy['node'], frame.stream, payload, frame.end)
  }
  writer.flush()
  return sent
}
