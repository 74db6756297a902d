import { asyncHooks } from '../base/async_hooks.ts'
import { logError } from '../base/errors.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { settle } from '../invocation/settle.ts'

/** The argument of `after()`. */
export type AfterTask<T = unknown> = Promise<T> | (() => T | Promise<T>)

/** The part of the request context that tasks use. */
interface AfterContext {
  readonly invocation: Invocation
  phase: 'action' | 'after'
}

/** The work that a request has scheduled for after its response. A draining worker waits for it. */
export class AfterTasks {
  readonly #context: AfterContext
  readonly #callbacks: (() => unknown)[] = []
  #waiting = false

  constructor(context: AfterContext) {
    this.#context = context
  }

  /** @throws Error for a value that is neither a promise nor a function. */
  add(task: AfterTask): void {
    if (isThenable(task)) {
      this.#track(task, 'A promise passed to `after()` rejected:')
    } else if (typeof task === 'function') {
      // The callback keeps the async context of the caller, including the project's own stores.
      this.#callbacks.push(asyncHooks.AsyncResource.bind(task))
      if (!this.#waiting) this.#runWhenClosed()
    } else {
      throw new Error('`after()`: Argument must be a promise or a function')
    }
  }

  #runWhenClosed(): void {
    const { invocation } = this.#context
    this.#waiting = true
    const closed = new Promise<void>((resolve) => invocation.onClose(resolve))
    const done = closed.then(() => {
      this.#context.phase = 'after'
      this.#waiting = false
      for (const callback of this.#callbacks.splice(0)) {
        const result = new Promise((resolve) => resolve(callback()))
        this.#track(result, 'An error occurred in a function passed to `after()`:')
      }
    })
    invocation.waitUntil(done)
  }

  #track(work: PromiseLike<unknown>, message: string): void {
    const done = new Promise<void>((resolve) => {
      settle(
        this.#context.invocation,
        work,
        () => resolve(),
        (error) => {
          logError(error, message)
          resolve()
        },
      )
    })
    this.#context.invocation.waitUntil(done)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === 'function'
}
