/**
 * A well-behaved client: it sends one request after the other and expects every response.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '../scale/server.ts'

const paths = ['/api/hello', '/small.txt', '/api/pages']

/** Sends requests from its construction until it is stopped, on several connections. */
export class WellBehaved {
  readonly #port: number
  readonly #clients: Promise<void>[]
  #over = false
  #asked = 0
  #longest = 0
  readonly #lost = new Map<string, number>()

  constructor(port: number, connections = 4) {
    this.#port = port
    this.#clients = Array.from({ length: connections }, (_, index) => this.#ask(index))
  }

  async #ask(index: number): Promise<void> {
    let client = await Client.connect(this.#port)
    for (let turn = index; !this.#over; ++turn) {
      const path = paths[turn % paths.length]!
      const { status, ms } = await client.get(path)
      this.#asked++
      this.#longest = Math.max(this.#longest, ms)
      if (status !== 200) {
        const what = `${path}: ${status === 0 ? 'connection broken' : status}`
        this.#lost.set(what, (this.#lost.get(what) ?? 0) + 1)
        if (status === 0) client = await Client.connect(this.#port)
      }
      await pause(5)
    }
    client.close()
  }

  /**
   * Returns the number of requests, those without a 200 by their result, and the longest wait in
   * milliseconds.
   */
  async stop(): Promise<{ asked: number; lost: ReadonlyMap<string, number>; longest: number }> {
    this.#over = true
    await Promise.all(this.#clients)
    return { asked: this.#asked, lost: this.#lost, longest: this.#longest }
  }
}
