/**
 * The socket of an upgraded connection: a tunnel of the link that looks like Node.js's
 * `net.Socket`. Code such as the package `ws` writes the HTTP response to it, then the bytes of the
 * protocol.
 */
import type { Duplex as NodeDuplex } from 'node:stream'

import { AbortReason } from '../../../../protocol/generated/frames.ts'
import { stream } from '../base/builtins.ts'
import { findField } from '../base/fields.ts'
import type { Invocation } from '../invocation/invocation.ts'
import type { InvocationObserver } from '../invocation/invocation_observer.ts'
import { logRouteError } from '../invocation/failure.ts'
import { maxHead, parseRawHead } from './raw_response.ts'

const { Duplex } = stream

/** How long the other side has, in milliseconds, to close a tunnel that is drained. */
const closeTimeout = 5000
/** Corked writes up to this many bytes are sent as one. */
const smallWrites = 16 * 1024
const endOfHead = Buffer.from('\r\n\r\n')
/** A Close frame of WebSocket with the status code 1012, Service Restart. */
const serviceRestart = Buffer.from([0x88, 0x02, 0x03, 0xf4])
const notAccepted = 'Bad Request: this upgrade was not accepted.\n'
const textFields = 'Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n'

type Done = (error?: Error | null) => void
interface Closable {
  close(code: number, reason: string): void
}

export class TunnelSocket extends Duplex implements InvocationObserver {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly remoteFamily: 'IPv4' | 'IPv6'
  readonly localAddress: string | undefined = undefined
  readonly localPort: number | undefined = undefined
  readonly encrypted: boolean
  readonly authorized = false
  readonly connecting = false
  readonly pending = false
  /** The HTTP server, for code that looks for it here. */
  readonly server: object
  /** Bytes received from the client, without the request. */
  bytesRead = 0
  /** Bytes written, with the response's head. */
  bytesWritten = 0
  /** Milliseconds of silence after which `timeout` is emitted; 0 for never. */
  timeout = 0
  readonly #invocation: Invocation
  /** The bytes of the response's head so far; null once it is complete. */
  #head: Buffer | null = Buffer.alloc(0)
  /** Bytes of a rejection's body that are still to be written; null if that is unknown. */
  #remaining: number | null = null
  #protocol = ''
  /** A Close frame was sent in place of the code that writes: what it writes is discarded. */
  #muted = false
  #unconsumed = 0
  #idleTimer: NodeJS.Timeout | null = null
  #closeTimer: NodeJS.Timeout | null = null

  /** The socket becomes the observer of the invocation. */
  constructor(invocation: Invocation, server: object) {
    super({ allowHalfOpen: true })
    this.#invocation = invocation
    this.server = server
    this.remoteAddress = invocation.remoteAddress
    this.remotePort = invocation.remotePort
    this.remoteFamily = this.remoteAddress.includes(':') ? 'IPv6' : 'IPv4'
    this.encrypted = invocation.secure
    invocation.observer = this
    invocation.onTunnelDrain = () => this.#drainTunnel()
  }

  // --- net.Socket ---

  get readyState(): string {
    if (this.destroyed) return 'closed'
    if (!this.readable) return this.writable ? 'writeOnly' : 'closed'
    return this.writable ? 'open' : 'readOnly'
  }

  get bufferSize(): number {
    return this.writableLength
  }

  address(): object {
    return {}
  }

  setTimeout(milliseconds: number, callback?: () => void): this {
    this.timeout = milliseconds
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer)
    this.#idleTimer =
      milliseconds > 0 ? setTimeout(() => this.emit('timeout'), milliseconds).unref() : null
    if (callback !== undefined) {
      if (milliseconds > 0) this.once('timeout', callback)
      else this.removeListener('timeout', callback)
    }
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  /** Destroys the socket when everything written has been sent. */
  destroySoon(): void {
    if (this.writable) this.end()
    if (this.writableFinished) this.destroy()
    else this.once('finish', () => this.destroy())
  }

  resetAndDestroy(): this {
    return this.destroy()
  }

  // --- Duplex ---

  override _read(): void {
    if (this.#unconsumed === 0) return
    const consumed = this.#unconsumed
    this.#unconsumed = 0
    this.#invocation.consumed(consumed)
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#send(chunk, done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    const all = chunks.map(({ chunk }) => chunk)
    const size = all.reduce((sum, { length }) => sum + length, 0)
    // Code corks the socket to send the head and the payload of a message together.
    if (size <= smallWrites) {
      this.#send(Buffer.concat(all, size), done)
      return
    }
    const next = (at: number): void => {
      if (at === all.length) done()
      else this.#send(all[at]!, (error) => (error ? done(error) : next(at + 1)))
    }
    next(0)
  }

  override _final(done: Done): void {
    const invocation = this.#invocation
    if (!invocation.responded) this.#reject()
    else invocation.end()
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    for (const timer of [this.#idleTimer, this.#closeTimer]) if (timer !== null) clearTimeout(timer)
    const invocation = this.#invocation
    if (!invocation.responded) this.#reject()
    else if (!invocation.aborted) invocation.fail(AbortReason.handlerFailed)
    done(error)
  }

  // --- InvocationObserver ---

  onInvocationAborted(): void {
    this.destroy()
  }

  onInvocationEnded(): void {
    // After a rejection nothing can come; a tunnel may still have bytes to read.
    if (!this.#invocation.tunnel) process.nextTick(() => this.destroy())
  }

  onInvocationDrained(): void {}

  // --- Sending ---

  #send(bytes: Buffer, done: Done): void {
    this.bytesWritten += bytes.length
    this.#touch()
    let rest: Uint8Array | null
    try {
      rest = this.#takeHead(bytes)
    } catch (error) {
      logRouteError(this.#invocation, error)
      done(error as Error)
      return
    }
    const invocation = this.#invocation
    if (rest === null || rest.length === 0 || this.#muted || this.#sendRejection(rest)) {
      done()
    } else if (invocation.write(rest)) {
      done()
    } else {
      invocation.onDrain(done)
    }
  }

  /**
   * Takes the response's head from the first bytes.
   * @returns the bytes behind it; null while it is incomplete.
   * @throws Error if it is not one.
   */
  #takeHead(bytes: Buffer): Uint8Array | null {
    if (this.#head === null) return bytes
    const all = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes])
    const end = all.indexOf(endOfHead)
    if ((end < 0 ? all.length : end) > maxHead)
      throw new Error(`upgrade: the response's head has more than ${maxHead} bytes`)
    if (end < 0) {
      this.#head = Buffer.from(all)
      return null
    }
    const { status, reason, fields, contentLength } = parseRawHead(all.latin1Slice(0, end))
    this.#head = null
    if (status === 101) this.#accept(fields)
    else {
      this.#remaining = contentLength
      this.#invocation.respond(status, reason, `${fields}Connection: close\r\n`, null, false)
      if (contentLength === 0) this.#invocation.end()
    }
    return all.subarray(end + endOfHead.length)
  }

  #accept(fields: string): void {
    const invocation = this.#invocation
    this.#protocol = (findField(fields, 'upgrade') ?? '').toLowerCase()
    invocation.acceptUpgrade(fields)
    if (!invocation.tunnel) return
    invocation.onBody({
      chunk: (bytes) => {
        this.bytesRead += bytes.length
        this.#unconsumed += bytes.length
        this.#touch()
        this.push(bytes)
      },
      end: () => this.push(null),
    })
  }

  /** Sends a part of a rejection's body with a known length. @returns whether that is the case. */
  #sendRejection(bytes: Uint8Array): boolean {
    if (this.#remaining === null) return false
    const part = bytes.subarray(0, this.#remaining)
    this.#remaining -= part.length
    this.#invocation.write(part)
    if (this.#remaining === 0) this.#invocation.end()
    return true
  }

  /** Responds in place of code that has not. */
  #reject(): void {
    if (this.#invocation.responded || this.#invocation.aborted) return
    this.#head = null
    this.#remaining = 0
    this.#invocation.respond(400, '', textFields, notAccepted, true)
  }

  #touch(): void {
    this.#idleTimer?.refresh()
  }

  // --- Draining ---

  /** The worker or the server drains: a WebSocket is closed with 1012, and cut after a while. */
  #drainTunnel(): void {
    if (this.#closeTimer !== null) return
    this.#closeTimer = setTimeout(() => this.destroy(), closeTimeout)
    const webSocket = webSocketOf(this)
    if (webSocket !== null) {
      webSocket.close(1012, 'Service Restart')
    } else if (this.#protocol === 'websocket') {
      // Frames are written whole, and none is being written between two turns.
      this.write(serviceRestart, () => (this.#muted = true))
    } else {
      this.end()
    }
  }
}

/**
 * Returns the instance of the package `ws` that uses a socket, which has it under a symbol of its
 * own; null if there is none. It knows best when it can send its Close frame.
 */
function webSocketOf(socket: NodeDuplex): Closable | null {
  for (const symbol of Object.getOwnPropertySymbols(socket)) {
    if (symbol.description !== 'websocket') continue
    const found: unknown = Reflect.get(socket, symbol)
    if (typeof (found as Closable | undefined)?.close === 'function') return found as Closable
  }
  return null
}
