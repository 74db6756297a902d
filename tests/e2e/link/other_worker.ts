/**
 * A worker written from protocol/link.md alone, independent of the one that Millrace ships: it
 * handles every request itself and, if the query says so, violates the protocol in a particular
 * way.
 */
import { Socket } from 'node:net'
import { flagEnd, Kind, maxPayload, protocolVersion } from '../../../protocol/generated/frames.ts'
import {
  type Frame,
  frame,
  FrameReader,
  jsonFrame,
  parseInvoke,
  responsePayload,
} from './frames.ts'

const link = new Socket({ fd: 3, readable: true, writable: true })
const reader = new FrameReader()
const plain = 'Content-Type: text/plain\r\n'
let open = 0
let draining = false
let newestStream = 0
const held = new Set<number>()
/** Streams with a request to the data cache, in order, and the frames of each reply so far. */
const askers: number[] = []
let cached = ''
/** The stream that waits for this many more replies of the data cache. */
let flood: { stream: number; missing: number } | null = null
/** Keeps the process alive while it does not read. */
let awake: NodeJS.Timeout | undefined
process.on('SIGUSR2', () => {
  clearInterval(awake)
  link.resume()
})

const send = (...frames: Buffer[]) => link.write(Buffer.concat(frames))
const complete = (stream: number, body: string, fields = plain, status = 200, reason = '') =>
  frame(Kind.response, stream, responsePayload(status, fields, body, reason), flagEnd)

function finish(): void {
  open--
  if (draining && open === 0) link.end(() => process.exit(0))
}

/** Actions for `?do=NAME`; the target's request is open as `stream`. */
const actions: Record<string, (stream: number, query: URLSearchParams) => void> = {
  // Valid, in unusual ways.
  bytewise: (stream) => {
    const bytes = complete(stream, 'byte by byte')
    const next = (at: number): void => {
      if (at < bytes.length) link.write(bytes.subarray(at, at + 1), () => next(at + 1))
      else finish()
    }
    next(0)
  },
  chunks: (stream) => {
    send(
      frame(Kind.response, stream, responsePayload(200, plain)),
      frame(Kind.body, stream, 'one '),
      frame(Kind.body, stream, 'two '),
    )
    send(frame(Kind.body, stream, 'three', flagEnd))
    finish()
  },
  end: (stream) => {
    send(
      frame(Kind.response, stream, responsePayload(200, plain, 'first ')),
      frame(Kind.body, stream, 'last'),
      frame(Kind.end, stream),
    )
    finish()
  },
  hops: (stream) => {
    send(
      complete(
        stream,
        'ok',
        'Connection: close\r\nKeep-Alive: timeout=1\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\nX-Kept: yes\r\n',
      ),
    )
    finish()
  },
  reason: (stream) => {
    send(complete(stream, 'ok', plain, 299, 'All Fine'))
    finish()
  },
  abort: (stream) => {
    send(frame(Kind.abort, stream, Uint8Array.of(4)))
    finish()
  },
  'abort-late': (stream) => {
    send(
      frame(Kind.response, stream, responsePayload(200, plain, 'half')),
      frame(Kind.abort, stream, Uint8Array.of(4)),
    )
    finish()
  },
  'after-end': (stream) => {
    send(
      complete(stream, 'only once'),
      complete(stream, 'twice'),
      frame(Kind.body, stream, 'more'),
      frame(Kind.end, stream),
    )
    finish()
  },
  pid: (stream) => {
    send(complete(stream, String(process.pid)))
    finish()
  },
  exit: () => process.exit(1),
  'exit-late': (stream) =>
    link.write(frame(Kind.response, stream, responsePayload(200, plain, 'half')), () =>
      process.exit(1),
    ),
  /** Stays busy until the client disconnects. */
  hold: (stream) => {
    held.add(stream)
    send(frame(Kind.response, stream, responsePayload(200, plain, String(process.pid))))
  },
  /**
   * Sends `question` to the data cache, with `fill` letters for @fill; responds with pid and reply.
   */
  cache: (stream, query) => {
    const question = Buffer.from(
      query.get('question')!.replace('@fill', 'x'.repeat(Number(query.get('fill')))),
    )
    for (let at = 0; at < question.length; at += maxPayload) {
      const last = at + maxPayload >= question.length
      send(frame(Kind.cache, 0, question.subarray(at, at + maxPayload), last ? flagEnd : 0))
    }
    askers.push(stream)
  },
  /**
   * Sends a request to the data cache `times` times at once, responds with its pid, and reads
   * nothing before SIGUSR2; ends when it has all replies.
   */
  'cache-flood': (stream, query) => {
    const times = Number(query.get('times'))
    flood = { stream, missing: times }
    link.pause()
    awake = setInterval(() => undefined, 1000)
    const questions = Array.from({ length: times }, () =>
      frame(Kind.cache, 0, query.get('question')!, flagEnd),
    )
    send(frame(Kind.response, stream, responsePayload(200, plain, `${process.pid} `)), ...questions)
  },
  /** Floods the log and sends samples until both have accepted `times` frames. */
  'log-flood': (stream, query) => {
    const frames = Array.from({ length: Number(query.get('times')) }, (_, i) => [
      frame(Kind.log, 0, `\u0001line ${i}`),
      frame(
        Kind.stats,
        0,
        JSON.stringify({
          rss: 1,
          routes: Array.from({ length: 10_000 }, (_, route) => [1, route + i * 10_000, 1, 1]),
        }),
      ),
      frame(Kind.snapshot, 0, '{"id":1,"bytes":1}'),
    ])
    send(...frames.flat(), complete(stream, 'flooded'))
    finish()
  },
  // Invalid.
  'cache-no-json': () => void send(frame(Kind.cache, 0, 'no JSON', flagEnd)),
  'cache-on-stream': (stream) => void send(frame(Kind.cache, stream, '{"id":1}', flagEnd)),
  'servers-cached': () => void send(frame(Kind.cached, 0, '{"id":1}', flagEnd)),
  'unknown-kind': (stream) => void send(frame(99, stream)),
  'servers-kind': (stream) => void send(frame(Kind.invoke, stream, Buffer.alloc(28))),
  'builders-kind': () => void send(jsonFrame(Kind.built, { id: 1 })),
  'too-long': (stream) => {
    const head = frame(Kind.body, stream)
    head.writeUInt32LE(0x7fffffff, 0)
    send(head)
  },
  'never-opened': (stream) => void send(complete(stream + 1000, 'for nobody')),
  'stream-zero': () => void send(complete(0, 'for nobody')),
  'short-response': (stream) => void send(frame(Kind.response, stream, Buffer.alloc(3), flagEnd)),
  'long-fields': (stream) => {
    const payload = responsePayload(200, plain)
    payload.writeUInt32LE(0xffffffff, 4)
    send(frame(Kind.response, stream, payload, flagEnd))
  },
  'body-first': (stream) => void send(frame(Kind.body, stream, 'no head')),
  'two-heads': (stream) => {
    const head = frame(Kind.response, stream, responsePayload(200, plain, 'a'))
    send(head, head)
  },
  'short-credit': (stream) => void send(frame(Kind.credit, stream, Buffer.alloc(3))),
  'split-field': (stream) => void send(complete(stream, 'x', 'X-A: 1\r\n\r\nHTTP/1.1 200 OK\r\n')),
  'bare-lf': (stream) => void send(complete(stream, 'x', 'X-A: 1\nX-B: 2\r\n')),
  'bare-cr': (stream) => void send(complete(stream, 'x', 'X-A: 1\rX-B: 2\r\n')),
  'nul-field': (stream) => void send(complete(stream, 'x', 'X-A: a\0b\r\n')),
  'no-token': (stream) => void send(complete(stream, 'x', 'X A: 1\r\n')),
  'no-colon': (stream) => void send(complete(stream, 'x', 'X-A\r\n')),
  'split-reason': (stream) => void send(complete(stream, 'x', plain, 200, 'OK\r\nX-A: 1')),
  'status-0': (stream) => void send(complete(stream, 'x', plain, 0)),
  'status-1000': (stream) => void send(complete(stream, 'x', plain, 1000)),
}

function invoke(received: Frame): void {
  open++
  newestStream = received.stream
  const { target, method, parameters } = parseInvoke(received.payload)
  const query = new URLSearchParams(target.split('?')[1])
  const action = actions[query.get('do') ?? '']
  if (action) return action(received.stream, query)
  send(complete(received.stream, `${method} ${target} [${parameters}]`))
  finish()
}

link.on('data', (bytes: Buffer) => {
  for (const received of reader.push(bytes)) {
    switch (received.kind) {
      case Kind.load: {
        const { generation } = JSON.parse(received.payload.toString()) as { generation: number }
        send(jsonFrame(Kind.ready, { generation }))
        break
      }
      case Kind.invoke:
        invoke(received)
        break
      case Kind.cached: {
        if (flood !== null) {
          if ((received.flags & flagEnd) === 0 || --flood.missing > 0) break
          send(frame(Kind.body, flood.stream, 'all replied', flagEnd))
          flood = null
          finish()
          break
        }
        cached += received.payload.toString()
        if ((received.flags & flagEnd) === 0) break
        const reply = JSON.parse(cached) as { value?: string }
        cached = ''
        // A long value is replaced with its length: the response then fits into one frame.
        if (reply.value !== undefined && reply.value.length > 100)
          reply.value = `${reply.value.length} letters`
        send(complete(askers.shift()!, JSON.stringify({ pid: process.pid, ...reply })))
        finish()
        break
      }
      case Kind.abort:
        if (held.delete(received.stream)) finish()
        break
      case Kind.ping:
        send(frame(Kind.pong, 0, received.payload))
        break
      case Kind.drain:
        draining = true
        open++
        finish()
        break
      default:
        if (received.stream > newestStream) process.exit(70)
    }
  }
})
link.on('end', () => process.exit(0))
link.on('error', () => process.exit(0))
send(
  jsonFrame(Kind.hello, {
    protocol: protocolVersion,
    role: 'node',
    pid: process.pid,
    version: 'other',
  }),
)
