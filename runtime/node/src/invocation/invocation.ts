import { AbortReason, initialCredit, maxBodyChunk } from '../../../../protocol/generated/frames.ts'
import { fieldsInUtf8 } from '../base/fields.ts'
import type { ResponseFrame } from '../link/frame_writer.ts'
import { type BodySink, OutgoingBody } from './outgoing_body.ts'
import {
  InvocationAborted,
  RequestBody,
  type BodyConsumer,
  type WholeBodyReader,
} from './request_body.ts'
import { type InvocationHead, RequestHead } from './request_head.ts'

export {
  BodyTooLarge,
  InvocationAborted,
  type BodyConsumer,
  type WholeBodyReader,
} from './request_body.ts'

/** Where an invocation's frames go: the link, or a test's double. */
export interface FrameSink extends BodySink {
  /** The head, the first body bytes, and with `end` the whole response. */
  response(stream: number, frame: ResponseFrame): void
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

/**
 * One request's use of a route: a stream of the link. What the request's head says is decoded when
 * asked for; the answer goes out through {@link respond}, then {@link write} and {@link end}.
 */
export class Invocation extends RequestHead {
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

  readonly #sink: FrameSink
  readonly #pendingWork: PendingWork
  #bodyState: RequestBody | null = null
  /** What of the response's body does not leave with its head; null until there is such. */
  #outgoing: OutgoingBody | null = null
  #abortListeners: (() => void)[] | null = null
  #drainListeners: (() => void)[] | null = null
  #closeListeners: (() => void)[] | null = null

  constructor(head: InvocationHead, sink: FrameSink, pendingWork: PendingWork) {
    super(head)
    this.#sink = sink
    this.#pendingWork = pendingWork
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
      this.#sink.response(this.stream, { status, reason, fields, body: null, end })
    } else if (end && body.length <= smallBody) {
      // Three bytes at most for a UTF-16 unit: within the credit for certain.
      this.#sink.response(this.stream, { status, reason, fields, body, end })
    } else {
      if (end && typeof body === 'string') fields = fieldsInUtf8(fields)
      this.#respondWithBytes({ status, reason, fields, body: toBytes(body), end })
    }
    if (end) this.#finishSending()
    return this.#hasSentAll
  }

  /**
   * More of the body, after {@link respond}. The bytes must not be changed until they are sent.
   * @returns whether more may be written at once; false: wait for {@link onDrain}.
   */
  write(chunk: string | Uint8Array): boolean {
    if (this.aborted || this.ended) return true
    if (!this.responded) throw new Error('respond() comes before write()')
    if (chunk.length > 0) this.#send(toBytes(chunk), false)
    return this.#hasSentAll
  }

  /** The body's end. */
  end(): void {
    if (this.aborted || this.ended) return
    if (!this.responded) throw new Error('respond() comes before end()')
    if (this.#hasSentAll) this.#sink.end(this.stream)
    else this.#outgoing!.finish()
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
    if (this.#hasSentAll) setImmediate(listener)
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
    const outgoing = this.#outgoingBody()
    if (!outgoing.grant(bytes)) return false
    if (!outgoing.empty) {
      outgoing.pump()
      this.#noteSent()
    }
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

  #outgoingBody(): OutgoingBody {
    return (this.#outgoing ??= new OutgoingBody(this.stream, this.#sink))
  }

  get #hasSentAll(): boolean {
    return this.#outgoing === null || this.#outgoing.empty
  }

  #respondWithBytes(frame: ResponseFrame & { readonly body: Uint8Array }): void {
    const { body, end } = frame
    if (body.length <= initialCredit && (end || body.length <= maxBodyChunk)) {
      if (!end) this.#outgoingBody().spend(body.length)
      this.#sink.response(this.stream, frame)
      return
    }
    const { status, reason } = frame
    let { fields } = frame
    if (end && !/^content-length:/im.test(fields)) fields += `Content-Length: ${body.length}\r\n`
    this.#sink.response(this.stream, { status, reason, fields, body: null, end: false })
    this.#send(body, end)
  }

  #send(bytes: Uint8Array, end: boolean): void {
    this.#outgoingBody().send(bytes, end)
    this.#noteSent()
  }

  /** Bytes have gone out: that was all, perhaps. */
  #noteSent(): void {
    if (!this.#hasSentAll) return
    if (this.ended) this.#close()
    else this.#callDrained()
  }

  #finishSending(): void {
    this.ended = true
    if (this.#hasSentAll) this.#close()
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
