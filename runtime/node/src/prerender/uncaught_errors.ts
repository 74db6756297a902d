import { DynamicServerError } from '../cache/static_generation.ts'

/**
 * Handles errors that are not caught while routes are evaluated at build time: those that a
 * handler's timers or events throw. They are reported for the route being evaluated and do not end
 * the process, so that all other routes are evaluated.
 */
export class UncaughtErrors {
  #reject: ((error: unknown) => void) | undefined

  /** Registers the handlers of the process. */
  constructor() {
    process.on('uncaughtException', (error) => {
      // The handler has used request data; its response already says so.
      if (error instanceof DynamicServerError) return
      if (this.#reject === undefined) console.error(error)
      else this.#reject(error)
    })
    process.on('unhandledRejection', (error) => {
      if (!(error instanceof DynamicServerError)) console.error(error)
    })
  }

  /** Rejects with the next uncaught error; never resolves. */
  next(): Promise<never> {
    return new Promise((_, reject) => {
      this.#reject = reject
    })
  }
}
