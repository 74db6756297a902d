import { logError } from '../base/errors.ts'
import { respondWithError } from './failure.ts'
import type { Invocation } from './invocation.ts'

/**
 * Calls `work` for an invocation. An error that it throws is logged, and responded to with 500 if
 * no response has begun.
 */
export function guard(invocation: Invocation, work: (invocation: Invocation) => void): void {
  try {
    work(invocation)
  } catch (error) {
    respondWithError(invocation, error)
  }
}

/**
 * Handles the outcome of a promise that no one awaits. An error that `done` or `failed` throws is
 * logged, and responded to with 500 if no response has begun, so that the request never hangs.
 */
export function settle<T>(
  invocation: Invocation,
  promise: PromiseLike<T>,
  done: ((value: T) => void) | undefined,
  failed: (error: unknown) => void,
): void {
  promise.then(
    done &&
      ((value) => {
        try {
          done(value)
        } catch (error) {
          respondWithError(invocation, error)
        }
      }),
    (error: unknown) => {
      try {
        failed(error)
      } catch (problem) {
        respondWithError(invocation, problem)
      }
    },
  )
}

/**
 * Calls `done` or `failed`, which must not throw, when a promise settles. Others can handle the
 * promise's rejection too.
 */
export function observe(
  promise: PromiseLike<unknown>,
  done: () => void,
  failed: (error: unknown) => void,
): void {
  promise.then(done, failed)
}

/** Calls `done`, which must not throw, when a promise settles. A rejection is ignored here. */
export function whenSettled(promise: PromiseLike<unknown>, done: () => void): void {
  promise.then(done, done)
}

/**
 * Calls `respond` when `report` has reported an error to the project: at once if there is no hook,
 * and if reporting fails, which is logged.
 */
export function respondOnceReported(
  invocation: Invocation,
  report: () => Promise<void> | undefined,
  respond: () => void,
): void {
  let reported: Promise<void> | undefined
  try {
    reported = report()
  } catch (problem) {
    logError(problem)
  }
  if (reported === undefined) {
    guard(invocation, respond)
    return
  }
  settle(invocation, reported, respond, (problem) => {
    logError(problem)
    respond()
  })
}
