import { initialCredit } from '../../../../protocol/generated/frames.ts'

/** Receives a request body as it arrives. */
export interface BodyConsumer {
  /** Receives bytes that stay valid. Call Invocation.consumed() when they have been processed. */
  chunk(bytes: Buffer): void
  /** The body is complete. */
  end(): void
}

/** Receives a request body in one piece. One of the two methods is called, once. */
export interface WholeBodyReader {
  /** The body is `bytes` from `start` to `end`: memory of the link, valid only during the call. */
  whole(bytes: Buffer, start: number, end: number): void
  /** Receives BodyTooLarge or InvocationAborted. */
  failed(error: Error): void
}

/** The body is longer than the limit that its reader has set. */
export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge'
}

/** The invocation was aborted before the awaited data arrived. */
export class InvocationAborted extends Error {
  override name = 'InvocationAborted'
  readonly code = 'ECONNRESET'
  constructor() {
    super('aborted')
  }
}

/** Credit is granted when half of the window is used, not for each chunk. */
const grantThreshold = initialCredit / 2
const nothing = Buffer.alloc(0)

/**
 * The request body as it arrives: bytes are queued until a consumer takes them, never more than the
 * credit.
 */
export class RequestBody {
  #window = initialCredit
  #ungranted = 0
  #ended: boolean
  #over = false
  #waiting: Buffer[] | null = null
  #consumer: BodyConsumer | null = null
  #reader: WholeBodyReader | null = null
  #limit = Infinity
  #size = 0

  constructor(hasBody: boolean) {
    this.#ended = !hasBody
  }

  /** Whether the body has or had a consumer. */
  get attached(): boolean {
    return this.#consumer !== null || this.#reader !== null
  }

  attach(consumer: BodyConsumer): void {
    this.#assertUnused()
    this.#consumer = consumer
    const waiting = this.#waiting
    this.#waiting = null
    if (waiting !== null) for (const bytes of waiting) consumer.chunk(bytes)
    this.#deliverEnd()
  }

  /** @returns bytes of credit to grant now. */
  attachWhole(reader: WholeBodyReader, limit: number): number {
    this.#assertUnused()
    this.#reader = reader
    this.#limit = limit
    const waiting = this.#waiting ?? []
    this.#waiting = null
    for (const bytes of waiting) this.#collect(bytes)
    this.#deliverEnd()
    return this.consumed(0)
  }

  /**
   * Receives the bytes of a frame. @returns bytes of credit to grant now, or -1 for a protocol
   * error.
   */
  receive(bytes: Buffer, start: number, end: number, last: boolean): number {
    if (this.#ended) return -1
    const size = end - start
    if (size > this.#window) return -1
    this.#window -= size
    this.#ended = last
    if (this.#over) return 0
    if (last && this.#reader !== null && this.#waiting === null && size <= this.#limit) {
      this.#over = true
      this.#reader.whole(bytes, start, end)
      return 0
    }
    if (size > 0) {
      const copy = Buffer.from(bytes.subarray(start, end))
      if (this.#consumer !== null) this.#consumer.chunk(copy)
      else if (this.#reader !== null) this.#collect(copy)
      else (this.#waiting ??= []).push(copy)
    }
    this.#deliverEnd()
    return this.#reader === null ? 0 : this.consumed(0)
  }

  /** @returns bytes of credit to grant now. */
  consumed(bytes: number): number {
    this.#ungranted += bytes
    if (this.#ended || this.#ungranted < grantThreshold) return 0
    const grant = this.#ungranted
    this.#ungranted = 0
    this.#window += grant
    return grant
  }

  /** The stream is aborted: the rest of the body will not arrive. */
  abort(): void {
    this.#waiting = null
    if (this.#reader !== null && !this.#over) this.#fail(new InvocationAborted())
  }

  #collect(bytes: Buffer): void {
    if (this.#over) return
    this.#size += bytes.length
    if (this.#size > this.#limit) {
      this.#fail(new BodyTooLarge(`the body is longer than ${this.#limit} bytes`))
      return
    }
    ;(this.#waiting ??= []).push(bytes)
    this.#ungranted += bytes.length
  }

  #deliverEnd(): void {
    if (!this.#ended || this.#over) return
    if (this.#consumer !== null) {
      this.#over = true
      this.#consumer.end()
    } else if (this.#reader !== null) {
      this.#over = true
      const chunks = this.#waiting
      this.#waiting = null
      const whole =
        chunks === null ? nothing : chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      this.#reader.whole(whole, 0, whole.length)
    }
  }

  #fail(error: Error): void {
    this.#over = true
    this.#waiting = null
    this.#ungranted = 0
    this.#reader!.failed(error)
  }

  #assertUnused(): void {
    if (this.attached) throw new Error('the body already has a consumer')
  }
}
