import { AbortReason, initialCredit, maxBodyChunk } from '../../../../protocol/generated/frames.ts'
import { fieldsInUtf8 } from '../base/fields.ts'
import type { ResponseFrame } from '../link/frame_writer.ts'
import { call, toBytes } from './calls.ts'
import type { InvocationObserver } from './invocation_observer.ts'
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

/** Where an invocation's frames go: the link, or a test double. */
export interface FrameSink extends BodySink {
  /** Sends the head and the first body bytes; with `end`, the complete response. */
  response(stream: number, frame: ResponseFrame): void
  /** Accepts an upgrade with the fields of the 101 response; the stream is now a tunnel. */
  upgrade(stream: number, fields: string): void
  /** Sends the fields of a 103 response, before the response. */
  inform(stream: number, fields: string): void
  end(stream: number): void
  abort(stream: number, reason: number): void
  credit(stream: number, bytes: number): void
  /** The stream has ended: nothing more is sent or expected on it. */
  over(invocation: Invocation): void
}

/** Work that must finish before a draining worker can exit. */
export interface PendingWork {
  add(promise: Promise<unknown>): void
}

/**
 * One request's use of a route: a stream of the link. The request head is decoded on demand. The
 * response is sent with {@link respond}, then {@link write} and {@link end}.
 */
export class Invocation extends RequestHead {
  /** The server or the handler has ended the stream before the end of the response. */
  aborted = false
  /** The {@link AbortReason} that the server sent; 0 before that, and if the handler aborted. */
  abortReason = 0
  /** {@link respond} has been called. */
  responded = false
  /** The response's status; 0 until {@link respond}. */
  status = 0
  /** Called once, before the response head is sent. */
  beforeResponse: (() => void) | null = null
  /** The end of the response has been passed to {@link respond}, {@link end} or {@link fail}. */
  ended = false
  /** The stream has ended: it was aborted, or the last byte of the response was sent. */
  closed = false
  /** Receives the same events as the listeners, without allocating closures for each request. */
  observer: InvocationObserver | null = null
  /**
   * Whether the client's upgrade was accepted: the bodies are the bytes of a tunnel, and the stream
   * ends when both have ended.
   */
  tunnel = false
  /** Called when the tunnel is to be closed soon, because the worker or the server drains. */
  onTunnelDrain: (() => void) | null = null
  /**
   * Receives an error that the route's code has thrown, instead of the log and `onRequestError`.
   * Null in a worker.
   */
  onFailure: ((error: unknown) => void) | null = null

  readonly #sink: FrameSink
  readonly #pendingWork: PendingWork
  #bodyState: RequestBody | null = null
  /** The other side has ended its bytes of the tunnel. */
  #tunnelEnded = false
  /** The part of the response body that is not sent with the head; null until there is one. */
  #outgoing: OutgoingBody | null = null
  #abortListeners: (() => void)[] | null = null
  #drainListeners: (() => void)[] | null = null
  #closeListeners: (() => void)[] | null = null

  constructor(head: InvocationHead, sink: FrameSink, pendingWork: PendingWork) {
    super(head)
    this.#sink = sink
    this.#pendingWork = pendingWork
  }

  // --- Request body ---

  /**
   * Delivers the request body from its beginning to `consumer`; bytes that have already arrived are
   * delivered at once. A body has one consumer. The sender stops when its credit is used up, until
   * {@link consumed} is called for what was delivered.
   */
  onBody(consumer: BodyConsumer): void {
    this.#body().attach(consumer)
  }

  /** The consumer has processed this many bytes: the client can send more. */
  consumed(bytes: number): void {
    this.#grant(this.#bodyState?.consumed(bytes) ?? 0)
  }

  /** Whether the body already has a consumer. */
  get bodyUsed(): boolean {
    return this.#bodyState?.attached ?? false
  }

  /**
   * Returns the complete request body.
   * @throws BodyTooLarge as soon as more than `limit` bytes have arrived (the rest is not read).
   * @throws InvocationAborted when the client has disconnected.
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
   * Passes the complete request body to a reader instead of a promise: synchronously if there is no
   * body or it has arrived. If it is longer than `limit` bytes, the reader gets BodyTooLarge and
   * the rest is not read.
   */
  readWhole(limit: number, reader: WholeBodyReader): void {
    if (this.aborted) reader.failed(new InvocationAborted())
    else this.#grant(this.#body().attachWhole(reader, limit))
  }

  // --- Response ---

  /**
   * Sends the head with the first part of the body or, with `end`, the complete body. Must be
   * called once. A complete body too long for one frame gets a Content-Length if it has none.
   * @param reason empty for the standard reason phrase.
   * @param fields `Name: value\r\n` for each field, in Latin-1 (UTF-8 if `body` is text and
   * complete, as in node:http), without CR, LF or NUL in them: this is not checked here.
   * @throws Error if the fields exceed 512 KB.
   * @returns whether more can be written at once; if false, wait for {@link onDrain}.
   */
  respond(
    status: number,
    reason: string,
    fields: string,
    body: string | Uint8Array | null,
    end: boolean,
  ): boolean {
    if (this.aborted) return true
    if (this.responded) throw new Error('respond() must be called once')
    if (fields.length > maxFields)
      throw new Error(`a response's headers are limited to ${maxFields} bytes`)
    this.responded = true
    this.status = status
    if (this.beforeResponse !== null) call(this.beforeResponse)
    if (reason.length > maxReason) reason = reason.slice(0, maxReason)
    if (body === null || body.length === 0) {
      this.#sink.response(this.stream, { status, reason, fields, body: null, end })
    } else if (end && body.length <= smallBody) {
      // A UTF-16 unit becomes at most three bytes, so the body fits into the initial credit.
      this.#sink.response(this.stream, { status, reason, fields, body, end })
    } else {
      if (end && typeof body === 'string') fields = fieldsInUtf8(fields)
      this.#respondWithBytes({ status, reason, fields, body: toBytes(body), end })
    }
    if (end) this.#finishSending()
    return this.#hasSentAll
  }

  /**
   * Sends a 103 (Early Hints) response. After {@link respond} it has no effect.
   * @param fields valid lines, as for {@link respond}. More than a response may have are dropped.
   */
  inform(fields: string): void {
    if (this.aborted || this.responded || fields.length > maxFields) return
    this.#sink.inform(this.stream, fields)
  }

  /**
   * Accepts the client's offer to switch protocols, instead of {@link respond}. The bytes of the
   * client come as the request's body, and {@link write} sends bytes to it.
   * @param fields those of the 101 response, as for {@link respond}, with `Upgrade`.
   */
  acceptUpgrade(fields: string): void {
    if (this.aborted) return
    if (!this.upgrade || this.responded) throw new Error('the request offers no upgrade')
    if (fields.length > maxFields)
      throw new Error(`a response's headers are limited to ${maxFields} bytes`)
    this.responded = true
    this.status = 101
    this.tunnel = true
    this.#bodyState = new RequestBody(true)
    this.#sink.upgrade(this.stream, fields)
  }

  /**
   * Sends more of the body, after {@link respond}. The bytes must not be modified until they are
   * sent.
   * @returns whether more can be written at once; if false, wait for {@link onDrain}.
   */
  write(chunk: string | Uint8Array): boolean {
    if (this.aborted || this.ended) return true
    if (!this.responded) throw new Error('respond() must be called before write()')
    if (chunk.length > 0) this.#send(toBytes(chunk), false)
    return this.#hasSentAll
  }

  /** Ends the body. */
  end(): void {
    if (this.aborted || this.ended) return
    if (!this.responded) throw new Error('respond() must be called before end()')
    if (this.#hasSentAll) this.#sink.end(this.stream)
    else this.#outgoing!.finish()
    this.#finishSending()
  }

  /**
   * Aborts the stream: the server responds with 502, or closes the connection if the response has
   * begun.
   */
  fail(reason: number = AbortReason.handlerFailed): void {
    if (this.closed) return
    this.#sink.abort(this.stream, reason)
    this.#abort()
  }

  /** Calls `listener` once when all bytes written so far have been sent. */
  onDrain(listener: () => void): void {
    if (this.#hasSentAll) setImmediate(listener)
    else (this.#drainListeners ??= []).push(listener)
  }

  /** Calls `listener` once when the stream is aborted; at once if it already is. */
  onAbort(listener: () => void): void {
    if (this.aborted) listener()
    else (this.#abortListeners ??= []).push(listener)
  }

  /**
   * Calls `listener` once when the stream has ended, by an abort or with the last byte of the
   * response.
   */
  onClose(listener: () => void): void {
    if (this.closed) setImmediate(listener)
    else (this.#closeListeners ??= []).push(listener)
  }

  /** Makes a draining worker wait for `promise` before it exits. */
  waitUntil(promise: Promise<unknown>): void {
    this.#pendingWork.add(promise)
  }

  // --- Called by the link ---

  /**
   * Handles a `body` or `end` frame with the bytes from `start` to `end`. @returns false for a
   * protocol error.
   */
  receiveBody(bytes: Buffer, start: number, end: number, last: boolean): boolean {
    const expected = this.hasBody || this.tunnel
    const grant = expected ? this.#body().receive(bytes, start, end, last) : -1
    if (grant < 0) return false
    this.#grant(grant)
    if (last && this.tunnel) {
      this.#tunnelEnded = true
      if (this.ended && this.#hasSentAll) this.#close()
    }
    return true
  }

  /** The tunnel is to be closed soon: a `drain` frame, of the stream or of the worker. */
  receiveDrain(): void {
    if (this.tunnel && !this.closed && this.onTunnelDrain !== null) call(this.onTunnelDrain)
  }

  /** Handles a `credit` frame. @returns false for a protocol error. */
  receiveCredit(bytes: number): boolean {
    const outgoing = this.#outgoingBody()
    if (!outgoing.grant(bytes)) return false
    if (!outgoing.empty) {
      outgoing.pump()
      this.#noteSent()
    }
    return true
  }

  /** Handles an `abort` frame with its reason. */
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

  /** Bytes were sent: notifies those who wait if nothing is left to send. */
  #noteSent(): void {
    if (!this.#hasSentAll) return
    if (this.ended) this.#closeIfOver()
    else this.#callDrained()
  }

  #finishSending(): void {
    this.ended = true
    if (this.#hasSentAll) this.#closeIfOver()
  }

  /** All is sent. A tunnel is over when the client has ended its bytes too. */
  #closeIfOver(): void {
    if (!this.tunnel || this.#tunnelEnded) this.#close()
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
    if (this.closed) return
    this.closed = true
    this.#sink.over(this)
    if (!this.aborted) this.observer?.onInvocationEnded()
    const listeners = this.#closeListeners
    if (listeners === null) return
    this.#closeListeners = null
    for (const listener of listeners) call(listener)
  }
}

/**
 * Complete bodies up to this length are not measured before they are sent. In UTF-16 units or
 * bytes.
 */
const smallBody = 65536
/** Bytes of fields and reason phrase that fit into a frame together with a complete body. */
const maxFields = 512 * 1024
const maxReason = 1024
