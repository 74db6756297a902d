import {
  AbortReason,
  initialCredit,
  type InvokeFixed,
  maxBodyChunk,
} from '../../../../protocol/generated/frames.ts'
import { fieldsInUtf8 } from '../base/fields.ts'
import type { LoadedRoute } from '../project/generation.ts'
import {
  InvocationAborted,
  RequestBody,
  type BodyConsumer,
  type WholeBodyReader,
} from './request_body.ts'

export {
  BodyTooLarge,
  InvocationAborted,
  type BodyConsumer,
  type WholeBodyReader,
} from './request_body.ts'

/** Where an invocation's frames go: the link, or a test's double. */
export interface FrameSink {
  /** The head, the first body bytes, and with `end` the whole answer. */
  response(
    stream: number,
    status: number,
    reason: string,
    fields: string,
    body: string | Uint8Array | null,
    end: boolean,
  ): void
  body(stream: number, bytes: Uint8Array, end: boolean): void
  end(stream: number): void
  abort(stream: number, reason: number): void
  credit(stream: number, bytes: number): void
  /** Nothing more will be sent or wanted on the stream. */
  over(invocation: Invocation): void
}

/** Hears what becomes of an invocation; one for each, beside the listeners. */
export interface InvocationObserver {
  /** The stream was aborted, by either side. */
  onInvocationAborted(): void
  /** The answer has gone out to the last byte. Must not throw. */
  onInvocationEnded(): void
  /** All that was written has gone out. */
  onInvocationDrained(): void
}

/** Work that must be done before a drained worker may exit. */
export interface PendingWork {
  add(promise: Promise<unknown>): void
}

const utf8 = new TextEncoder()

const rewrittenQueryField = 'x-millrace-query: '

/**
 * One request's use of a route: a stream of the link. What the request's head says is decoded when
 * asked for; the answer goes out through {@link respond}, then {@link write} and {@link end}.
 */
export class Invocation {
  readonly stream: number
  readonly target: LoadedRoute
  /** 10, 11 or 20. */
  readonly httpVersion: number
  /** Whether the client's connection is TLS. */
  readonly secure: boolean
  readonly remotePort: number
  /** Whether the request has a body; it may still turn out to be empty. */
  readonly hasBody: boolean
  /** Whether the answer is for the server's cache: evaluated without a request of its own. */
  readonly fill: boolean
  /** The server or the handler has ended the stream before the answer's end. */
  aborted = false
  /** Of {@link AbortReason}, as the server gave it; 0 before, and where the handler gave up. */
  abortReason = 0
  /** {@link respond} has been called. */
  responded = false
  /** Of the answer; 0 until {@link respond}. */
  status = 0
  /** Called once, before the head goes out. */
  beforeAnswer: (() => void) | null = null
  /** The answer's end has been given to {@link respond}, {@link end} or {@link fail}. */
  ended = false
  /** The stream is over: aborted, or the answer has gone out to the last byte. */
  closed = false
  /** Costs nothing where listeners would cost a closure for each request. */
  observer: InvocationObserver | null = null
  /**
   * Told of an error that left the route's code, in place of log and `onRequestError`; null in a
   * worker.
   */
  onFailure: ((error: unknown) => void) | null = null

  // One Latin-1 text holds the whole head: one native call decodes it, the parts are slices of it.
  readonly #text: string
  readonly #remoteAt: number
  readonly #urlAt: number
  readonly #parametersAt: number
  readonly #fieldsAt: number
  readonly #sink: FrameSink
  readonly #pendingWork: PendingWork
  #sendCredit = initialCredit
  #bodyState: RequestBody | null = null
  #outgoing: OutgoingQueue | null = null
  #abortListeners: (() => void)[] | null = null
  #drainListeners: (() => void)[] | null = null
  #closeListeners: (() => void)[] | null = null

  constructor(head: InvocationHead, sink: FrameSink, pendingWork: PendingWork) {
    this.stream = head.stream
    this.target = head.target
    this.httpVersion = head.httpVersion
    this.secure = head.secure
    this.remotePort = head.remotePort
    this.hasBody = head.hasBody
    this.fill = head.fill
    this.#text = head.text
    this.#remoteAt = head.methodLength
    this.#urlAt = this.#remoteAt + head.remoteAddressLength
    this.#parametersAt = this.#urlAt + head.targetLength
    this.#fieldsAt = this.#parametersAt + head.parametersLength
    this.#sink = sink
    this.#pendingWork = pendingWork
  }

  // --- The request ---

  /** As received: `GET`. */
  get method(): string {
    const text = this.#text
    if (this.#remoteAt === 3 && text.startsWith('GET')) return 'GET'
    if (this.#remoteAt === 4 && text.startsWith('POST')) return 'POST'
    return text.slice(0, this.#remoteAt)
  }

  /** The client's address as text. */
  get remoteAddress(): string {
    return this.#text.slice(this.#remoteAt, this.#urlAt)
  }

  /** The request target as received, raw, in origin form: `/api/users/1?full=1`. */
  get url(): string {
    return this.#text.slice(this.#urlAt, this.#parametersAt)
  }

  /** Raw parameter values as on the link: joined with one space, percent-encoded. */
  get rawParameters(): string {
    return this.#text.slice(this.#parametersAt, this.#fieldsAt)
  }

  /** The field lines as received, `Name: value\r\n` each, one character a byte. */
  get rawFields(): string {
    const at = this.#fieldsAt
    return this.#text.slice(this.#isRewritten() ? this.#text.indexOf('\r\n', at) + 2 : at)
  }

  /**
   * The query as rewrites have made it, `name=value` with `&` between, both escaped, a `[]` behind
   * the names of lists; null where the request's own holds.
   */
  get rewrittenQuery(): string | null {
    if (!this.#isRewritten()) return null
    const at = this.#fieldsAt + rewrittenQueryField.length
    return this.#text.slice(at, this.#text.indexOf('\r\n', at))
  }

  /** The server puts the field first and takes none of that name from outside. */
  #isRewritten(): boolean {
    return this.#text.startsWith(rewrittenQueryField, this.#fieldsAt)
  }

  /**
   * The route's parameters, decoded: a text, or an array for a catch-all. An optional catch-all
   * that matched nothing is absent. A new object with each call.
   */
  params(): Record<string, string | string[]> {
    const result: Record<string, string | string[]> = {}
    const { parameters } = this.target.route
    if (parameters.length === 0) return result
    const values = this.rawParameters.split(' ')
    for (let i = 0; i < parameters.length; ++i) {
      const { name, kind } = parameters[i]!
      const value = values[i] ?? ''
      if (kind === 'single') result[name] = decode(value)
      else if (value !== '' || kind === 'catch-all') result[name] = value.split('/').map(decode)
    }
    return result
  }

  // --- The request's body ---

  /**
   * Hears the body from its beginning; what came before is delivered at once. One consumer at most,
   * for the whole body. The sender stops until {@link consumed} is called for what was delivered.
   */
  onBody(consumer: BodyConsumer): void {
    this.#body().attach(consumer)
  }

  /** The body's consumer is done with so many bytes: the client may send more. */
  consumed(bytes: number): void {
    this.#grant(this.#bodyState?.consumed(bytes) ?? 0)
  }

  /** Whether the body has a consumer already. */
  get bodyUsed(): boolean {
    return this.#bodyState?.attached ?? false
  }

  /**
   * The whole body.
   * @throws BodyTooLarge as soon as more than `limit` bytes have come (the rest is left unread).
   * @throws InvocationAborted when the client has gone.
   */
  readBody(limit = Infinity): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.readWhole(limit, {
        whole: (bytes, start, end) => resolve(Buffer.from(bytes.subarray(start, end))),
        failed: reject,
      })
    })
  }

  /**
   * The whole body, to a reader instead of a promise: at once where there is none, or it has come.
   * With more than `limit` bytes the reader hears BodyTooLarge and the rest is left unread.
   */
  readWhole(limit: number, reader: WholeBodyReader): void {
    if (this.aborted) reader.failed(new InvocationAborted())
    else this.#grant(this.#body().attachWhole(reader, limit))
  }

  // --- The answer ---

  /**
   * Sends the head and the first or, with `end`, the whole body. Once. A whole body too long for a
   * frame gets a Content-Length where it has none.
   * @param reason empty for the standard phrase.
   * @param fields `Name: value\r\n` for each, Latin-1 (UTF-8 where `body` is a text and all of it,
   * as node:http has it), no CR, LF or NUL within: not checked here.
   * @throws Error for more than 512 KB of fields.
   * @returns whether more may be written at once; false: wait for {@link onDrain}.
   */
  respond(
    status: number,
    reason: string,
    fields: string,
    body: string | Uint8Array | null,
    end: boolean,
  ): boolean {
    if (this.aborted) return true
    if (this.responded) throw new Error('an invocation is answered once')
    if (fields.length > maxFields)
      throw new Error(`a response's headers are limited to ${maxFields} bytes`)
    this.responded = true
    this.status = status
    if (this.beforeAnswer !== null) call(this.beforeAnswer)
    if (reason.length > maxReason) reason = reason.slice(0, maxReason)
    if (body === null || body.length === 0) {
      this.#sink.response(this.stream, status, reason, fields, null, end)
    } else if (end && body.length <= smallBody) {
      // Three bytes at most for a UTF-16 unit: within the credit for certain.
      this.#sink.response(this.stream, status, reason, fields, body, true)
    } else {
      const text = end && typeof body === 'string' ? fieldsInUtf8(fields) : fields
      this.#respondWithBytes(status, reason, text, toBytes(body), end)
    }
    if (end) this.#finishSending()
    return this.#outgoing === null || this.#outgoing.empty
  }

  /**
   * More of the body, after {@link respond}. The bytes must not be changed until they are sent.
   * @returns whether more may be written at once; false: wait for {@link onDrain}.
   */
  write(chunk: string | Uint8Array): boolean {
    if (this.aborted || this.ended) return true
    if (!this.responded) throw new Error('respond() comes before write()')
    if (chunk.length > 0) this.#send(toBytes(chunk), false)
    return this.#outgoing === null || this.#outgoing.empty
  }

  /** The body's end. */
  end(): void {
    if (this.aborted || this.ended) return
    if (!this.responded) throw new Error('respond() comes before end()')
    if (this.#outgoing !== null && !this.#outgoing.empty) this.#outgoing.end = true
    else this.#sink.end(this.stream)
    this.#finishSending()
  }

  /** Gives up: the server answers 502, or cuts the connection where the answer has begun. */
  fail(reason: number = AbortReason.handlerFailed): void {
    if (this.closed) return
    this.#sink.abort(this.stream, reason)
    this.#abort()
  }

  /** Calls `listener` once when all that was written has gone out. */
  onDrain(listener: () => void): void {
    if (this.#outgoing === null || this.#outgoing.empty) setImmediate(listener)
    else (this.#drainListeners ??= []).push(listener)
  }

  /** Calls `listener` once when the stream is aborted; at once where it is already. */
  onAbort(listener: () => void): void {
    if (this.aborted) listener()
    else (this.#abortListeners ??= []).push(listener)
  }

  /** Calls `listener` once when the stream is over, aborted or answered to the last byte. */
  onClose(listener: () => void): void {
    if (this.closed) setImmediate(listener)
    else (this.#closeListeners ??= []).push(listener)
  }

  /** A draining worker waits for `promise` before it exits. */
  waitUntil(promise: Promise<unknown>): void {
    this.#pendingWork.add(promise)
  }

  // --- What the link calls ---

  /**
   * A `body` or `end` frame: `bytes` from `start` to `end`. @returns false for a protocol error.
   */
  receiveBody(bytes: Buffer, start: number, end: number, last: boolean): boolean {
    const grant = this.hasBody ? this.#body().receive(bytes, start, end, last) : -1
    if (grant < 0) return false
    this.#grant(grant)
    return true
  }

  /** A `credit` frame. @returns false for a protocol error. */
  receiveCredit(bytes: number): boolean {
    this.#sendCredit += bytes
    if (this.#sendCredit > 2 ** 32) return false
    this.#pump()
    return true
  }

  /** An `abort` frame with its reason. */
  receiveAbort(reason: number): void {
    if (!this.closed) this.abortReason = reason
    this.#abort()
  }

  #grant(bytes: number): void {
    if (bytes > 0 && !this.closed) this.#sink.credit(this.stream, bytes)
  }

  #body(): RequestBody {
    return (this.#bodyState ??= new RequestBody(this.hasBody))
  }

  #respondWithBytes(
    status: number,
    reason: string,
    fields: string,
    bytes: Uint8Array,
    end: boolean,
  ): void {
    if (bytes.length <= initialCredit && (end || bytes.length <= maxBodyChunk)) {
      this.#sendCredit -= bytes.length
      this.#sink.response(this.stream, status, reason, fields, bytes, end)
      return
    }
    if (end && !/^content-length:/im.test(fields)) fields += `Content-Length: ${bytes.length}\r\n`
    this.#sink.response(this.stream, status, reason, fields, null, false)
    this.#send(bytes, end)
  }

  #send(bytes: Uint8Array, end: boolean): void {
    const queue = (this.#outgoing ??= new OutgoingQueue())
    queue.push(bytes)
    queue.end = end
    this.#pump()
    // What could not go at once waits; its owner may use the memory for something else meanwhile.
    queue.ownLast()
  }

  #pump(): void {
    const queue = this.#outgoing
    if (queue === null || queue.empty) return
    while (!queue.empty && this.#sendCredit > 0) {
      const bytes = queue.take(Math.min(this.#sendCredit, maxBodyChunk))
      this.#sendCredit -= bytes.length
      this.#sink.body(this.stream, bytes, queue.empty && queue.end)
    }
    if (!queue.empty) return
    if (this.ended) {
      this.#outgoing = null
      this.#close()
    } else {
      this.#callDrained()
    }
  }

  #finishSending(): void {
    this.ended = true
    if (this.#outgoing !== null && !this.#outgoing.empty) return
    this.#outgoing = null
    this.#close()
  }

  #callDrained(): void {
    const { observer } = this
    if (observer !== null) call(() => observer.onInvocationDrained())
    const listeners = this.#drainListeners
    if (listeners === null) return
    this.#drainListeners = null
    for (const listener of listeners) call(listener)
  }

  #abort(): void {
    if (this.closed) return
    this.aborted = true
    this.#outgoing = null
    this.#bodyState?.abort()
    const listeners = this.#abortListeners
    this.#abortListeners = null
    const { observer } = this
    if (observer !== null) call(() => observer.onInvocationAborted())
    if (listeners !== null) for (const listener of listeners) call(listener)
    this.#callDrained()
    this.#close()
  }

  #close(): void {
    this.closed = true
    this.#sink.over(this)
    if (!this.aborted) this.observer?.onInvocationEnded()
    const listeners = this.#closeListeners
    if (listeners === null) return
    this.#closeListeners = null
    for (const listener of listeners) call(listener)
  }
}

/** The decoded fixed part of an `invoke` frame and its texts in one. Reused between frames. */
export interface InvocationHead extends Omit<InvokeFixed, 'generation' | 'route' | 'fieldsLength'> {
  stream: number
  target: LoadedRoute
  hasBody: boolean
  fill: boolean
  /** Method, remote address, target, parameters and fields, Latin-1. */
  text: string
}

/** Whole bodies up to this are not measured. In UTF-16 units or bytes. */
const smallBody = 65536
/** Bytes of fields and reason phrase that surely fit into a frame beside a whole body. */
const maxFields = 512 * 1024
const maxReason = 1024

/**
 * Calls a listener. What it throws the process hears of, as of any stray error; it stops nothing
 * here.
 */
function call(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

function toBytes(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === 'string' ? utf8.encode(chunk) : chunk
}

function decode(value: string): string {
  return value.includes('%') ? decodeURIComponent(value) : value
}

/** Body bytes on their way out that wait for credit. */
class OutgoingQueue {
  #chunks: Uint8Array[] = []
  /** Nothing follows the last chunk. */
  end = false

  get empty(): boolean {
    return this.#chunks.length === 0
  }

  ownLast(): void {
    const last = this.#chunks.length - 1
    if (last >= 0) this.#chunks[last] = Uint8Array.from(this.#chunks[last]!)
  }

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes)
  }

  /** The next bytes, `limit` of them at most; a view, not a copy. */
  take(limit: number): Uint8Array {
    const first = this.#chunks[0]!
    if (first.length <= limit) {
      this.#chunks.shift()
      return first
    }
    this.#chunks[0] = first.subarray(limit)
    return first.subarray(0, limit)
  }
}
