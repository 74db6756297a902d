import { RawClient } from '../../e2e/support/index.ts'

/** What the other clients observed. */
export interface Seen {
  readonly responses: number
  /** Responses other than 200, by status. */
  readonly others: ReadonlyMap<number, number>
  readonly perSecond: number
  /** In milliseconds. */
  readonly p99: number
}

/**
 * Clients that request well-behaved routes continuously, on connections of their own, until they
 * are stopped.
 */
export class Crowd {
  readonly #loops: Promise<void>[]
  readonly #times: number[] = []
  readonly #others = new Map<number, number>()
  readonly #began = performance.now()
  #stopped = false

  /** @param targets are requested in turn by each connection. */
  constructor(port: number, connections: number, targets: readonly string[]) {
    this.#loops = Array.from({ length: connections }, () => this.#ask(port, targets))
  }

  /**
   * Resolves when each connection has received the response to its last request, which is required.
   */
  async stop(): Promise<Seen> {
    this.#stopped = true
    await Promise.all(this.#loops)
    const seconds = (performance.now() - this.#began) / 1000
    const sorted = this.#times.sort((a, b) => a - b)
    return {
      responses: sorted.length,
      others: this.#others,
      perSecond: Math.round(sorted.length / seconds),
      p99: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    }
  }

  async #ask(port: number, targets: readonly string[]): Promise<void> {
    using client = await RawClient.connect(port)
    for (let i = 0; !this.#stopped; i++) {
      const sent = performance.now()
      await client.send(`GET ${targets[i % targets.length]} HTTP/1.1\r\nHost: crowd\r\n\r\n`)
      const { status } = await client.response()
      if (client.received() !== '') throw new Error(`bytes after a response: ${client.received()}`)
      this.#times.push(performance.now() - sent)
      if (status !== 200) this.#others.set(status, (this.#others.get(status) ?? 0) + 1)
    }
  }
}
