import type { EventEmitter } from 'node:events'
import type { Stream } from 'node:stream'

import { stream } from '../base/builtins.ts'
import { codedError } from '../base/coded_error.ts'
import { respondWithError } from '../invocation/failure.ts'
import { fieldsInUtf8 } from '../base/fields.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { forgetPair } from './open_pairs.ts'
import { type Chunk, checkChunk, encode } from './chunk.ts'
import { headOf, OutgoingHead } from './outgoing_head.ts'
import type { ApiRequest } from './request.ts'
import { addInternals, type ResponseInternals } from './response_internals.ts'
import { formatSize } from './size.ts'
import type { ClientSocket } from './socket.ts'

type Callback = (error?: Error | null) => void
type Listener = Parameters<EventEmitter['on']>[1]

const legacy = stream.Stream.prototype as unknown as EventEmitter

/** Returns the internals of a response, for {@link addInternals}. */
export let internalsOf: (response: OutgoingResponse) => ResponseInternals

export interface OutgoingResponse extends Stream {}

/**
 * The part of a response that Node.js defines: ServerResponse over an invocation. Like Node.js's it
 * is a Stream that can be written to and piped into, but not a stream.Writable.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the prototype has the stream's methods.
export class OutgoingResponse extends OutgoingHead {
  readonly req: ApiRequest
  /** The client has disconnected, or the response is complete. */
  destroyed = false
  /** As in Node.js: {@link end} has been called. */
  declare finished: boolean
  #finished = false
  /** Node.js's own function that emits 'finish'; null if this class emits it. */
  #emitFinish: Callback | null = null
  readonly #invocation: Invocation
  /** The head has been sent to the server. */
  #sent = false
  #needDrain = false
  #finishEmitted = false
  #finishScheduled = false
  #bytes = 0
  /** A longer response, in bytes, causes a warning. */
  #warnBeyond = Infinity

  declare _events: object | undefined

  constructor(req: ApiRequest, invocation: Invocation) {
    super()
    this.req = req
    this.#invocation = invocation
    if (invocation.initialStatus !== 200) this.statusCode = invocation.initialStatus
    invocation.observer = this
  }

  // --- Head ---

  flushHeaders(): void {
    this.#implyHead()
    this.#sendHead(null, false, true)
  }

  protected override sendEarlyHints(fields: string): void {
    this.#invocation.inform(fields)
  }

  // --- Body ---

  write(
    chunk: Chunk,
    encoding?: BufferEncoding | Callback | null,
    callback?: Callback | null,
  ): boolean {
    if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding]
    checkChunk(chunk)
    if (this.#finished) return this.#writeAfterEnd(callback)
    if (this.destroyed) return this.#writeToDestroyed(callback)
    const bytes = encode(chunk, encoding)
    this.#implyHead()
    const ready = this.#sendPart(bytes)
    if (typeof callback === 'function') process.nextTick(callback)
    return ready
  }

  end(
    chunk?: Chunk | Callback | null,
    encoding?: BufferEncoding | Callback | null,
    callback?: Callback | null,
  ): this {
    if (typeof chunk === 'function') [chunk, callback] = [undefined, chunk]
    else if (typeof encoding === 'function') [encoding, callback] = [undefined, encoding]
    if (chunk !== undefined && chunk !== null) checkChunk(chunk)
    else chunk = null
    if (this.#finished) {
      if (chunk !== null) this.#writeAfterEnd(callback)
      else if (typeof callback === 'function') this.#callWhenFinished(callback)
      return this
    }
    if (chunk !== null) {
      chunk = encode(chunk, encoding as BufferEncoding)
      // A UTF-16 unit becomes at most three bytes: small responses are not measured.
      if (this.#bytes + chunk.length * 3 >= this.#warnBeyond)
        this.#bytes += Buffer.byteLength(chunk)
    }
    if (this.#bytes >= this.#warnBeyond) this.#warnOfSize()
    this.#implyHead()
    this.#finished = true
    if (typeof callback === 'function') this.#callWhenFinished(callback)
    this.#endBody(chunk)
    return this
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.#invocation.fail()
    if (error !== undefined) process.nextTick(() => this.emit('error', error))
    return this
  }

  cork(): void {}

  uncork(): void {}

  setTimeout(_milliseconds: number, _callback?: () => void): this {
    return this
  }

  /** Responses can be written to, not read from. */
  pipe<T extends NodeJS.WritableStream>(_destination: T): T {
    const error = codedError(Error, 'ERR_STREAM_CANNOT_PIPE', 'Cannot pipe, not readable')
    process.nextTick(() => this.emit('error', error))
    return undefined as unknown as T
  }

  get writableEnded(): boolean {
    return this.#finished
  }

  get writableFinished(): boolean {
    return this.#finished && this.#invocation.ended && !this.#invocation.aborted
  }

  get writableNeedDrain(): boolean {
    return this.#needDrain && !this.destroyed && !this.#finished
  }

  get writableLength(): number {
    return 0
  }

  get writableHighWaterMark(): number {
    return 65536
  }

  get writableCorked(): number {
    return 0
  }

  get writableObjectMode(): boolean {
    return false
  }

  get closed(): boolean {
    return this.destroyed
  }

  get errored(): Error | null {
    return null
  }

  get socket(): ClientSocket {
    return this.req.socket
  }

  set socket(socket: unknown) {
    Object.defineProperty(this, 'socket', {
      value: socket,
      writable: true,
      enumerable: true,
      configurable: true,
    })
  }

  get connection(): ClientSocket {
    return this.req.socket
  }

  // --- Events: no work is done for them without listeners ---

  on(event: string | symbol, listener: Listener): this {
    legacy.on.call(this, event, listener)
    this.#scheduleFinish()
    return this
  }

  addListener(event: string | symbol, listener: Listener): this {
    return this.on(event, listener)
  }

  prependListener(event: string | symbol, listener: Listener): this {
    legacy.prependListener.call(this, event, listener)
    this.#scheduleFinish()
    return this
  }

  /** @internal The route's handler is about to be called. */
  beginRoute(warnBeyond: number): void {
    this.#warnBeyond = warnBeyond
    this.req.beginRoute()
  }

  /** @internal */
  onInvocationAborted(): void {
    this.destroyed = true
    forgetPair(this)
    this.req.clientDisconnected()
    if (this._events !== undefined) process.nextTick(() => this.emit('close'))
  }

  /** @internal */
  onInvocationEnded(): void {
    forgetPair(this)
    if (!this.#finished) this.#noteResponse()
    if (this._events !== undefined || this.#emitFinish !== null) this.#scheduleFinish()
    else this.destroyed = true
  }

  /** @internal */
  onInvocationDrained(): void {
    if (!this.#needDrain) return
    this.#needDrain = false
    this.emit('drain')
  }

  /** @internal Ends the response with a complete body and sets its length. */
  endWhole(body: string | Buffer): void {
    if (
      this.end !== OutgoingResponse.prototype.end ||
      this.writeHead !== OutgoingResponse.prototype.writeHead ||
      !this.#hasBody
    ) {
      this.setHeader('Content-Length', Buffer.byteLength(body))
    } else {
      // The server adds the length; here it is only computed when it is read.
      headOf(this).whole = body
    }
    this.end(body)
  }

  #endBody(last: Chunk | null): void {
    if (!this.#hasBody) last = null
    if (!this.#sent) this.#sendHead(last, true)
    else {
      if (last !== null) this.#invocation.write(last)
      this.#invocation.end()
    }
  }

  static {
    internalsOf = (response) => ({
      get store() {
        return headOf(response).withLength()
      },
      head: () => {
        const head = headOf(response)
        return head.closed
          ? `HTTP/1.1 ${response.statusCode} ${response.statusMessage ?? ''}\r\n${head.serialize(null)}\r\n`
          : null
      },
      closeHead() {
        headOf(response).closed = true
      },
      headSent: response.#sent,
      hasBody: response.#hasBody,
      finished: response.#finished,
      send: (chunk, encoding) => response.#sendPart(encode(chunk, encoding)),
      finish(last, emitFinish) {
        response.#finished = true
        response.#emitFinish = emitFinish
        response.#implyHead()
        response.#endBody(last)
        response.#scheduleFinish()
      },
    })
    addInternals(this.prototype, internalsOf)
  }

  get #hasBody(): boolean {
    const { statusCode } = this
    return (
      statusCode !== 204 && statusCode !== 304 && statusCode >= 200 && this.req.method !== 'HEAD'
    )
  }

  /**
   * Updates the state after a route has responded with another object, so that listeners see that
   * the response has ended.
   */
  #noteResponse(): void {
    this.statusCode = this.#invocation.status
    headOf(this).closed = true
    this.#sent = true
    this.#finished = true
  }

  #sendPart(bytes: Chunk): boolean {
    this.#bytes += Buffer.byteLength(bytes)
    let ready = true
    if (!this.#hasBody) this.#sendHead(null, false)
    else if (!this.#sent) ready = this.#sendHead(bytes, false)
    else ready = this.#invocation.write(bytes)
    if (!ready) this.#needDrain = true
    return ready
  }

  #implyHead(): void {
    // Libraries replace writeHead to be called before the head is made.
    if (!headOf(this).closed) this.writeHead(this.statusCode)
  }

  /** @param utf8 whether texts are sent as UTF-8, as node:http sends a head without body bytes. */
  #sendHead(chunk: Chunk | null, end: boolean, utf8 = false): boolean {
    if (this.#sent) return true
    this.#sent = true
    // The server adds the length of a complete body, except for HEAD.
    const omit = end && this.req.method !== 'HEAD' ? 'content-length' : null
    const head = headOf(this)
    head.closed = true
    const lines = head.serialize(omit)
    const fields = utf8 ? fieldsInUtf8(lines) : lines
    const reason = this.statusMessage ?? ''
    try {
      return this.#invocation.respond(this.statusCode, reason, fields, chunk, end)
    } catch (error) {
      // The head is too long. The caller may be a stream, where no code would handle the error.
      this.#finished = true
      respondWithError(this.#invocation, error)
      return true
    }
  }

  #writeAfterEnd(callback: Callback | null | undefined): false {
    const error = codedError(Error, 'ERR_STREAM_WRITE_AFTER_END', 'write after end')
    const { destroyed } = this
    process.nextTick(() => {
      callback?.(error)
      if (!destroyed && this.listenerCount('error') > 0) this.emit('error', error)
    })
    return false
  }

  #writeToDestroyed(callback: Callback | null | undefined): false {
    const error = codedError(
      Error,
      'ERR_STREAM_DESTROYED',
      'Cannot call write after a stream was destroyed',
    )
    if (typeof callback === 'function') process.nextTick(callback, error)
    return false
  }

  #callWhenFinished(callback: Callback): void {
    if (this.#finishEmitted) {
      const error = codedError(
        Error,
        'ERR_STREAM_ALREADY_FINISHED',
        'Cannot call end after a stream was finished',
      )
      process.nextTick(callback, error)
    } else legacy.once.call(this, 'finish', callback)
  }

  #scheduleFinish(): void {
    if (this.#finishScheduled || !this.#finished || !this.#invocation.closed) return
    this.#finishScheduled = true
    process.nextTick(() => {
      if (this.#invocation.aborted) return
      this.#finishEmitted = true
      if (this.#emitFinish === null) this.emit('finish')
      else this.#emitFinish()
      this.destroyed = true
      this.emit('close')
    })
  }

  #warnOfSize(): void {
    console.warn(
      `API response for ${this.req.url} exceeds ${formatSize(this.#warnBeyond)}. API Routes are meant to respond quickly. https://nextjs.org/docs/messages/api-routes-response-size-limit`,
    )
  }
}

Object.setPrototypeOf(OutgoingHead.prototype, stream.Stream.prototype)
