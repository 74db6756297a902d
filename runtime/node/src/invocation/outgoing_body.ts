import { initialCredit, maxBodyChunk } from '../../../../protocol/generated/frames.ts'

/** Where the parts of a body are sent. */
export interface BodySink {
  /** Sends bytes that have credit; `end` marks the last ones. */
  body(stream: number, bytes: Uint8Array, end: boolean): void
}

/** More credit than this is a protocol error of the server. */
const maxCredit = 2 ** 32

/**
 * The part of a response body that is not sent with the head. Bytes are sent as far as there is
 * credit; the rest is queued. The writer bounds the queue: it is told when to wait.
 */
export class OutgoingBody {
  readonly #stream: number
  readonly #sink: BodySink
  readonly #chunks: Uint8Array[] = []
  #credit = initialCredit
  #last = false

  constructor(stream: number, sink: BodySink) {
    this.#stream = stream
    this.#sink = sink
  }

  /** Whether the queue is empty. */
  get empty(): boolean {
    return this.#chunks.length === 0
  }

  /** Uses up credit for bytes that were sent with the head. */
  spend(bytes: number): void {
    this.#credit -= bytes
  }

  /** Adds credit from the server. @returns false if there is more than the limit. */
  grant(bytes: number): boolean {
    this.#credit += bytes
    return this.#credit <= maxCredit
  }

  /** Marks the queued bytes as the end of the body. */
  finish(): void {
    this.#last = true
  }

  /**
   * Sends bytes, or queues those without credit.
   * @param last whether nothing follows.
   */
  send(bytes: Uint8Array, last: boolean): void {
    this.#chunks.push(bytes)
    this.#last = last
    this.pump()
    // Queued bytes are copied, because their owner may reuse the memory.
    const waiting = this.#chunks.length - 1
    if (waiting >= 0) this.#chunks[waiting] = Uint8Array.from(this.#chunks[waiting]!)
  }

  /** Sends queued bytes as far as there is credit. */
  pump(): void {
    while (this.#chunks.length > 0 && this.#credit > 0) {
      const bytes = this.#take(Math.min(this.#credit, maxBodyChunk))
      this.#credit -= bytes.length
      this.#sink.body(this.#stream, bytes, this.#last && this.#chunks.length === 0)
    }
  }

  /** Removes the next bytes, at most `limit`, from the queue; a view, not a copy. */
  #take(limit: number): Uint8Array {
    const first = this.#chunks[0]!
    if (first.length <= limit) {
      this.#chunks.shift()
      return first
    }
    this.#chunks[0] = first.subarray(limit)
    return first.subarray(0, limit)
  }
}
