import type { Invocation } from '../invocation/invocation.ts'

/** A power of two; more than a worker usually has open at a time. */
const slots = 1024

/**
 * The open streams by number. Numbers grow by one, so most streams find a slot of their own in a
 * ring; one that outlives a whole round of it moves to a map. Numbers are exact: 48 bits of a
 * double's 53.
 */
export class StreamTable {
  readonly #ring: (Invocation | null)[] = new Array<Invocation | null>(slots).fill(null)
  readonly #elders = new Map<number, Invocation>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The stream must not be in the table. */
  add(invocation: Invocation): void {
    const slot = invocation.stream & (slots - 1)
    const elder = this.#ring[slot]!
    if (elder !== null) this.#elders.set(elder.stream, elder)
    this.#ring[slot] = invocation
    ++this.#size
  }

  get(stream: number): Invocation | undefined {
    const candidate = this.#ring[stream & (slots - 1)]!
    return candidate !== null && candidate.stream === stream ? candidate : this.#elders.get(stream)
  }

  /** The open streams, the newest first. */
  newestFirst(): Invocation[] {
    const all = [
      ...this.#elders.values(),
      ...this.#ring.filter((invocation) => invocation !== null),
    ]
    return all.sort((a, b) => b.stream - a.stream)
  }

  delete(invocation: Invocation): void {
    const slot = invocation.stream & (slots - 1)
    if (this.#ring[slot] === invocation) {
      this.#ring[slot] = null
      --this.#size
    } else if (this.#elders.delete(invocation.stream)) {
      --this.#size
    }
  }
}
