import {
  flagEnd,
  frameHeadSize,
  Kind,
  ResponseHead,
  type SentBy,
  writeResponse,
} from '../../../../protocol/generated/frames.ts'

const capacity = 128 * 1024
/** How many spare buffers are kept for the next burst. */
const maxSpares = 2

/**
 * Sends bytes. Calls `done` when the buffer can be reused; synchronously if all bytes were
 * accepted.
 */
export type SendBytes = (bytes: Buffer, done: () => void) => void

/** The content of a `response` frame. */
export interface ResponseFrame {
  readonly status: number
  /** Latin-1; empty for the standard reason phrase. */
  readonly reason: string
  /**
   * `Name: value\r\n` for each field, Latin-1. With a text that is the complete body they are sent
   * as UTF-8, as node:http does.
   */
  readonly fields: string
  /** The part of the body that is sent with the head. */
  readonly body: string | Uint8Array | null
  /** Whether that is the complete body. */
  readonly end: boolean
}

/**
 * Writes frames one after the other into a buffer and sends it once in each turn of the event loop,
 * after the turn's callbacks and microtasks, so that responses made together are sent together.
 */
export class FrameWriter {
  readonly #send: SendBytes
  readonly #flush = (): void => this.flush()
  #buffer: Buffer = Buffer.allocUnsafeSlow(capacity)
  #length = 0
  #scheduled = false
  #spares: Buffer[] = []

  constructor(send: SendBytes) {
    this.#send = send
  }

  /** Writes a frame whose payload is given as bytes. */
  frame(kind: SentBy['node'], stream: number, payload: Uint8Array | null, end = false): void {
    const size = payload === null ? 0 : payload.length
    const at = this.#begin(kind, end ? flagEnd : 0, stream, frameHeadSize + size)
    this.#setLength(at, size)
    if (payload !== null) this.#buffer.set(payload, at + frameHeadSize)
    this.#length = at + frameHeadSize + size
  }

  /** Writes a frame whose payload is a byte and a text. */
  text(kind: SentBy['node'], stream: number, first: number, text: string): void {
    const at = this.#begin(kind, 0, stream, frameHeadSize + 1 + text.length * 3)
    this.#buffer[at + frameHeadSize] = first
    const size = 1 + this.#buffer.utf8Write(text, at + frameHeadSize + 1)
    this.#setLength(at, size)
    this.#length = at + frameHeadSize + size
  }

  /** Writes a `credit` frame. */
  credit(stream: number, bytes: number): void {
    const at = this.#begin(Kind.credit, 0, stream, frameHeadSize + 4)
    this.#setLength(at, 4)
    writeU32(this.#buffer, at + frameHeadSize, bytes)
    this.#length = at + frameHeadSize + 4
  }

  /** Writes a `response` frame. */
  response(stream: number, { status, reason, fields, body, end }: ResponseFrame): void {
    const bodyBound = body === null ? 0 : typeof body === 'string' ? body.length * 3 : body.length
    const whole = end && typeof body === 'string'
    const headSize =
      frameHeadSize + ResponseHead.size + reason.length + (whole ? 2 : 1) * fields.length
    const at = this.#begin(Kind.response, end ? flagEnd : 0, stream, headSize + bodyBound)
    const buffer = this.#buffer
    const head = at + frameHeadSize
    let next = head + ResponseHead.size
    if (reason.length > 0) next += buffer.latin1Write(reason, next)
    const fieldsLength =
      fields.length === 0
        ? 0
        : whole
          ? buffer.utf8Write(fields, next)
          : buffer.latin1Write(fields, next)
    writeResponse(buffer, head, status, reason.length, fieldsLength)
    next += fieldsLength
    if (body !== null) {
      if (typeof body === 'string') next += buffer.utf8Write(body, next)
      else {
        buffer.set(body, next)
        next += body.length
      }
    }
    this.#setLength(at, next - head)
    this.#length = next
  }

  /** Sends the buffered frames now instead of at the end of the turn. */
  flush(): void {
    this.#scheduled = false
    if (this.#length === 0) return
    const buffer = this.#buffer
    const length = this.#length
    this.#buffer = this.#spares.pop() ?? Buffer.allocUnsafeSlow(capacity)
    this.#length = 0
    this.#send(length === buffer.length ? buffer : buffer.subarray(0, length), () => {
      if (buffer.length === capacity && this.#spares.length < maxSpares) this.#spares.push(buffer)
    })
  }

  /** Returns the buffered bytes, for a caller that sends them before anything else is written. */
  takePending(): Buffer {
    const bytes = this.#buffer.subarray(0, this.#length)
    this.#length = 0
    return bytes
  }

  /** Writes the head of a frame without its length. @returns where the frame begins. */
  #begin(kind: SentBy['node'], flags: number, stream: number, bound: number): number {
    if (this.#length + bound > this.#buffer.length) {
      this.flush()
      if (bound > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(bound)
    }
    if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(this.#flush)
    }
    const buffer = this.#buffer
    const at = this.#length
    buffer[at + 4] = kind
    buffer[at + 5] = flags
    const upper = stream > 0xffff_ffff ? Math.floor(stream / 0x1_0000_0000) : 0
    buffer[at + 6] = upper
    buffer[at + 7] = upper >>> 8
    writeU32(buffer, at + 8, stream)
    return at
  }

  #setLength(at: number, length: number): void {
    writeU32(this.#buffer, at, length)
  }
}

/** Writes a little-endian u32. */
function writeU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >>> 8
  bytes[at + 2] = value >>> 16
  bytes[at + 3] = value >>> 24
}
