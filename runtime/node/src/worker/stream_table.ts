import type { Invocation } from '../invocation/invocation.ts'

/** A power of two, greater than the number of streams a worker usually has open. */
const slots = 1024

/**
 * The open streams by number. Numbers increase by one, so most streams have a slot of their own in
 * a ring; a stream that is still open when its slot is needed again moves to a map. Stream numbers
 * have 48 bits and are exact in a double, which has 53.
 */
export class StreamTable {
  readonly #ring: (Invocation | null)[] = new Array<Invocation | null>(slots).fill(null)
  readonly #overflow = new Map<number, Invocation>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Adds a stream, which must not be in the table. */
  add(invocation: Invocation): void {
    const slot = invocation.stream & (slots - 1)
    const older = this.#ring[slot]!
    if (older !== null) this.#overflow.set(older.stream, older)
    this.#ring[slot] = invocation
    ++this.#size
  }

  get(stream: number): Invocation | undefined {
    const candidate = this.#ring[stream & (slots - 1)]!
    return candidate !== null && candidate.stream === stream
      ? candidate
      : this.#overflow.get(stream)
  }

  /** Returns the open streams, newest first. */
  newestFirst(): Invocation[] {
    const all = [
      ...this.#overflow.values(),
      ...this.#ring.filter((invocation) => invocation !== null),
    ]
    return all.sort((a, b) => b.stream - a.stream)
  }

  delete(invocation: Invocation): void {
    const slot = invocation.stream & (slots - 1)
    if (this.#ring[slot] === invocation) {
      this.#ring[slot] = null
      --this.#size
    } else if (this.#overflow.delete(invocation.stream)) {
      --this.#size
    }
  }
}
