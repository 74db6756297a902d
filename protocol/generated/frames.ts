// Generated from protocol/frames.json by `node protocol/generate.mjs`. Do not edit.

export const protocolVersion = 3

/** Bytes before every payload: u32 payload length, u8 kind, u8 flags, u16 stream (upper bits), u32 stream (lower bits). */
export const frameHeadSize = 12
/** Bytes. A longer payload is a protocol error; bodies are split into body frames well below this limit. */
export const maxPayload = 1048576
/** Maximum number of body bytes that a sender should put into one frame, so that streams share the link fairly. */
export const maxBodyChunk = 65536
/** Body bytes that each side may send on a stream before the other side grants more with credit. */
export const initialCredit = 262144
/** The largest stream number: 48 bits. No number is used twice in one worker. */
export const maxStream = 281474976710655
/** Replaces the number of the route in an invoke if no route matches the request. Sent only to workers that have sent listening. */
export const noRoute = 4294967295

/** The last frame of this direction of the stream. Allowed on invoke (no body), body, response (with the whole body), and implied by end. */
export const flagEnd = 1
/** On invoke: evaluate the route as static generation does; the response states how long it may be cached. */
export const flagFill = 2
/** On ping: send a stats frame before the pong. */
export const flagSample = 4
/** On invoke: the client offers to switch protocols, and the worker may accept with an upgrade frame. */
export const flagUpgrade = 8

/** Values of abort reason. */
export const AbortReason = {
  clientGone: 1,
  deadline: 2,
  draining: 3,
  handlerFailed: 4,
  protocolError: 5,
  noRoom: 6,
} as const

/** Values of log level. */
export const LogLevel = {
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
} as const

/** Kinds of frame. */
export const Kind = {
  /** From node, native or builder. The first frame of a worker: {protocol, role, pid, version}. */
  hello: 1,
  /** From server. Load this generation of routes: {generation, manifest, root, mode, env?, eager?, followsRequests?, routes?}. */
  load: 2,
  /** From node or native. The generation is loaded, or could not be loaded: {generation, error?}. */
  ready: 3,
  /** From server. The head of a request; opens a stream. */
  invoke: 4,
  /** From server, node or native. A part of the body of the request or response. */
  body: 5,
  /** From server, node or native. The body is complete; the payload holds trailer fields, usually none. */
  end: 6,
  /** From server, node or native. Ends the stream early, with an abort_reason. The sender sends nothing more on it. */
  abort: 7,
  /** From node or native. The head of a response and the first or only part of its body. */
  response: 8,
  /** From server, node or native. Number of further body bytes that the other side may send on this stream. */
  credit: 9,
  /** From node, native or builder. A log_level, then UTF-8. The stream is that of the invocation, or 0. */
  log: 10,
  /** From node or native. A sample of the worker's state and of the costs of its routes, before the pong of a ping with sample; see link.md. */
  stats: 11,
  /** From server. Requests a pong with the same eight bytes. */
  ping: 12,
  /** From node, native or builder. Reply to a ping, sent by the worker's event loop. */
  pong: 13,
  /** From server. No more invocations follow: close tunnels, finish the invocations in flight, including after() callbacks, then exit with 0. On the stream of a tunnel: close that tunnel. */
  drain: 14,
  /** From node. Accepts the client's offer to switch protocols: the fields of the 101 response. From then on the stream is a tunnel. */
  upgrade: 15,
  /** From server. A command to a builder; see link.md. */
  build: 16,
  /** From builder. The result of a command, from a builder. */
  built: 17,
  /** From node. A request to the server's data cache: {id, op, …}; see link.md. */
  cache: 18,
  /** From server. The reply to a cache frame: {id, …}. */
  cached: 19,
  /** From server, node or native. Write a V8 heap snapshot: {id, path}. The reply is {id, bytes} or {id, error}. */
  snapshot: 20,
  /** From node. 1: the worker loads modules for which requests wait; 0: it does no more. */
  loading: 21,
  /** From node. 1: the worker accepts requests that match no route, as route no_route; 2: only those that offer an upgrade; 0: none. */
  listening: 22,
  /** From node. Before the response: the fields of a 103 (Early Hints) response. */
  inform: 23,
} as const

/** The least bytes of a kind's payload, by number. */
export const smallestPayload = new Uint32Array(256)
smallestPayload[Kind.invoke] = 28
smallestPayload[Kind.abort] = 1
smallestPayload[Kind.response] = 8
smallestPayload[Kind.credit] = 4
smallestPayload[Kind.log] = 1
smallestPayload[Kind.ping] = 8
smallestPayload[Kind.pong] = 8
smallestPayload[Kind.loading] = 1
smallestPayload[Kind.listening] = 1

/** The most bytes of a kind's payload, by number. */
export const largestPayload = new Uint32Array(256).fill(maxPayload)
largestPayload[Kind.abort] = 1
largestPayload[Kind.credit] = 4
largestPayload[Kind.ping] = 8
largestPayload[Kind.pong] = 8
largestPayload[Kind.drain] = 0
largestPayload[Kind.loading] = 1
largestPayload[Kind.listening] = 1

/** The kinds that each role may send. */
export interface SentBy {
  /** Starts the others; runs no project code. */
  server:
    | typeof Kind.load
    | typeof Kind.invoke
    | typeof Kind.body
    | typeof Kind.end
    | typeof Kind.abort
    | typeof Kind.credit
    | typeof Kind.ping
    | typeof Kind.drain
    | typeof Kind.build
    | typeof Kind.cached
    | typeof Kind.snapshot
  /** A worker that runs JavaScript and TypeScript routes. */
  node:
    | typeof Kind.hello
    | typeof Kind.ready
    | typeof Kind.body
    | typeof Kind.end
    | typeof Kind.abort
    | typeof Kind.response
    | typeof Kind.credit
    | typeof Kind.log
    | typeof Kind.stats
    | typeof Kind.pong
    | typeof Kind.upgrade
    | typeof Kind.cache
    | typeof Kind.snapshot
    | typeof Kind.loading
    | typeof Kind.listening
    | typeof Kind.inform
  /** A worker that runs routes in C++. */
  native:
    | typeof Kind.hello
    | typeof Kind.ready
    | typeof Kind.body
    | typeof Kind.end
    | typeof Kind.abort
    | typeof Kind.response
    | typeof Kind.credit
    | typeof Kind.log
    | typeof Kind.stats
    | typeof Kind.pong
    | typeof Kind.snapshot
  /** Evaluates next.config and bundles routes. */
  builder:
    | typeof Kind.hello
    | typeof Kind.log
    | typeof Kind.pong
    | typeof Kind.built
}

/** Offsets in the fixed part of the payload of `invoke`. */
export const InvokeHead = {
  /** u32. The generation to whose manifest the route index belongs. */
  generation: 0,
  /** u32. Index of the route in the manifest. */
  route: 4,
  /** u32. Bytes of target. */
  targetLength: 8,
  /** u32. Bytes of parameters. */
  parametersLength: 12,
  /** u32. Bytes of fields. */
  fieldsLength: 16,
  /** u16. Bytes of method. */
  methodLength: 20,
  /** u16. Bytes of remote_address. */
  remoteAddressLength: 22,
  /** u16. The client's port. */
  remotePort: 24,
  /** u8. 10, 11 or 20. */
  httpVersion: 26,
  /** bool. Whether the client's connection is TLS. */
  secure: 27,
  /** Bytes of the fixed part. */
  size: 28,
} as const

/** The fixed part of the payload of `invoke`. */
export interface InvokeFixed {
  /** The generation to whose manifest the route index belongs. */
  generation: number
  /** Index of the route in the manifest. */
  route: number
  /** Bytes of target. */
  targetLength: number
  /** Bytes of parameters. */
  parametersLength: number
  /** Bytes of fields. */
  fieldsLength: number
  /** Bytes of method. */
  methodLength: number
  /** Bytes of remote_address. */
  remoteAddressLength: number
  /** The client's port. */
  remotePort: number
  /** 10, 11 or 20. */
  httpVersion: number
  /** Whether the client's connection is TLS. */
  secure: boolean
}

/**
 * Reads the fixed part of the payload of `invoke` at `at`; the caller knows that it is there.
 * @returns the bytes of all texts behind it.
 */
export function readInvoke(
  bytes: Uint8Array,
  at: number,
  to: Partial<InvokeFixed>,
): number {
  to.generation = (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  to.route = (bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24)) >>> 0
  to.targetLength = (bytes[at + 8]! | (bytes[at + 9]! << 8) | (bytes[at + 10]! << 16) | (bytes[at + 11]! << 24)) >>> 0
  to.parametersLength = (bytes[at + 12]! | (bytes[at + 13]! << 8) | (bytes[at + 14]! << 16) | (bytes[at + 15]! << 24)) >>> 0
  to.fieldsLength = (bytes[at + 16]! | (bytes[at + 17]! << 8) | (bytes[at + 18]! << 16) | (bytes[at + 19]! << 24)) >>> 0
  to.methodLength = bytes[at + 20]! | (bytes[at + 21]! << 8)
  to.remoteAddressLength = bytes[at + 22]! | (bytes[at + 23]! << 8)
  to.remotePort = bytes[at + 24]! | (bytes[at + 25]! << 8)
  to.httpVersion = bytes[at + 26]!
  to.secure = bytes[at + 27]! !== 0
  return to.methodLength + to.remoteAddressLength + to.targetLength + to.parametersLength + to.fieldsLength
}

/** Offsets in the fixed part of the payload of `response`. */
export const ResponseHead = {
  /** u16. The HTTP status code. */
  status: 0,
  /** u16. Bytes of reason. */
  reasonLength: 2,
  /** u32. Bytes of fields. */
  fieldsLength: 4,
  /** Bytes of the fixed part. */
  size: 8,
} as const

/** Writes the fixed part of the payload of `response` at `at`. */
export function writeResponse(
  bytes: Uint8Array,
  at: number,
  status: number,
  reasonLength: number,
  fieldsLength: number,
): void {
  bytes[at] = status
  bytes[at + 1] = status >>> 8
  bytes[at + 2] = reasonLength
  bytes[at + 3] = reasonLength >>> 8
  bytes[at + 4] = fieldsLength
  bytes[at + 5] = fieldsLength >>> 8
  bytes[at + 6] = fieldsLength >>> 16
  bytes[at + 7] = fieldsLength >>> 24
}
