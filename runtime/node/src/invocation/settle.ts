import { logError } from '../base/errors.ts'
import { answerWithError } from './failure.ts'
import type { Invocation } from './invocation.ts'

/**
 * Calls `work` for an invocation. What it throws is logged and answered with 500, as far as an
 * answer is still possible.
 */
export function guard(invocation: Invocation, work: (invocation: Invocation) => void): void {
  try {
    work(invocation)
  } catch (error) {
    answerWithError(invocation, error)
  }
}

/**
 * Goes on with what a promise comes to, where nobody awaits it. What `done` or `failed` throw is
 * logged and answered with 500, as far as an answer is still possible: so the invocation never
 * waits for nothing.
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
          answerWithError(invocation, error)
        }
      }),
    (error: unknown) => {
      try {
        failed(error)
      } catch (problem) {
        answerWithError(invocation, problem)
      }
    },
  )
}

/**
 * Calls one of two, which do not throw, when a promise has come to something. What it fails with
 * goes to `failed` as well as to others.
 */
export function observe(
  promise: PromiseLike<unknown>,
  done: () => void,
  failed: (error: unknown) => void,
): void {
  promise.then(done, failed)
}

/**
 * Calls `done`, which does not throw, when a promise has come to something. That it fails is no
 * news here.
 */
export function whenSettled(promise: PromiseLike<unknown>, done: () => void): void {
  promise.then(done, done)
}

/**
 * Calls `answer` once `tell` has told the project of an error: at once where nobody listens, and
 * where the telling fails, which is logged.
 */
export function answerOnceTold(
  invocation: Invocation,
  tell: () => Promise<void> | undefined,
  answer: () => void,
): void {
  let told: Promise<void> | undefined
  try {
    told = tell()
  } catch (problem) {
    logError(problem)
  }
  if (told === undefined) {
    guard(invocation, answer)
    return
  }
  settle(invocation, told, answer, (problem) => {
    logError(problem)
    answer()
  })
}
