import { DynamicServerError } from '../cache/static_generation.ts'

/**
 * Errors that nobody catches while routes are evaluated at build: what a handler has left to a
 * timer or an event throws. They are told of the route at hand and do not end the process, so that
 * all other routes are evaluated.
 */
export class StrayErrors {
  #reject: ((error: unknown) => void) | undefined

  /** From now on. */
  constructor() {
    process.on('uncaughtException', (error) => {
      // The handler has asked for what belongs to a request: its answer says so already.
      if (error instanceof DynamicServerError) return
      if (this.#reject === undefined) console.error(error)
      else this.#reject(error)
    })
    process.on('unhandledRejection', (error) => {
      if (!(error instanceof DynamicServerError)) console.error(error)
    })
  }

  /** Rejects with the next of them; never resolves. */
  next(): Promise<never> {
    return new Promise((_, reject) => {
      this.#reject = reject
    })
  }
}
