import type { Invocation } from './invocation.ts'
import { guard, whenSettled } from './settle.ts'
import { turnClock } from './turn_clock.ts'

/** Answers an invocation. Called in the link's turn: a route's own code runs by runSoon() only. */
export type RunRoute = (invocation: Invocation) => void

const settled = Promise.resolve()
const runs: RunRoute[] = []
const invocations: Invocation[] = []
let head = 0

/**
 * Runs a route's code as a microtask of its own, though many requests came in one read: a microtask
 * has its own async context, so that a handler which calls AsyncLocalStorage.enterWith() does not
 * speak for the next one. Nothing is run for what has been aborted meanwhile.
 */
export function runSoon(run: RunRoute, invocation: Invocation): void {
  runs.push(run)
  invocations.push(invocation)
  turnClock.queue(invocation.target)
  whenSettled(settled, runNext)
}

function runNext(): void {
  const run = runs[head]!
  const invocation = invocations[head++]!
  if (head === runs.length) {
    runs.length = 0
    invocations.length = 0
    head = 0
  }
  if (invocation.aborted) return
  turnClock.enter(invocation)
  guard(invocation, run)
  turnClock.leave(invocation)
}
