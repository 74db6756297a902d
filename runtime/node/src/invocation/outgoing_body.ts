import { initialCredit, maxBodyChunk } from '../../../../protocol/generated/frames.ts'

/** Where the pieces of a body go. */
export interface BodySink {
  /** Bytes that have credit; with `end` nothing follows them. */
  body(stream: number, bytes: Uint8Array, end: boolean): void
}

/** More credit than this is a fault of the other side. */
const maxCredit = 2 ** 32

/**
 * The body of a response on its way out, where it does not leave with the head: goes as far as
 * there is credit for it; the rest waits. What waits is bounded by who writes, who is told to wait.
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

  /** Whether nothing waits. */
  get empty(): boolean {
    return this.#chunks.length === 0
  }

  /** Bytes have left with the head. */
  spend(bytes: number): void {
    this.#credit -= bytes
  }

  /** The server takes so many bytes more. @returns false for more than can be. */
  grant(bytes: number): boolean {
    this.#credit += bytes
    return this.#credit <= maxCredit
  }

  /** What waits is the body's end. */
  finish(): void {
    this.#last = true
  }

  /**
   * Sends bytes, or keeps what there is no credit for.
   * @param last whether nothing follows.
   */
  send(bytes: Uint8Array, last: boolean): void {
    this.#chunks.push(bytes)
    this.#last = last
    this.pump()
    // What could not go at once waits; its owner may use the memory for something else meanwhile.
    const waiting = this.#chunks.length - 1
    if (waiting >= 0) this.#chunks[waiting] = Uint8Array.from(this.#chunks[waiting]!)
  }

  /** Sends what there is credit for. */
  pump(): void {
    while (this.#chunks.length > 0 && this.#credit > 0) {
      const bytes = this.#take(Math.min(this.#credit, maxBodyChunk))
      this.#credit -= bytes.length
      this.#sink.body(this.#stream, bytes, this.#last && this.#chunks.length === 0)
    }
  }

  /** The next bytes, `limit` of them at most; a view, not a copy. */
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
