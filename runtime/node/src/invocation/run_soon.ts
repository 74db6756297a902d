import type { Invocation } from './invocation.ts'
import { runAsCurrent } from './current.ts'
import { guard, whenSettled } from './settle.ts'
import { turnClock } from './turn_clock.ts'

/**
 * Runs an invocation's route. Called in the link's turn: a route's own code must only run through
 * runSoon().
 */
export type RunRoute = (invocation: Invocation) => void

const settled = Promise.resolve()
const runs: RunRoute[] = []
const invocations: Invocation[] = []
let head = 0

/**
 * Runs a route's code in a microtask of its own, even if many requests arrive in one read. A
 * microtask has its own async context, so AsyncLocalStorage.enterWith() in one handler does not
 * affect the next. An invocation that has been aborted in the meantime is skipped.
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
  runAsCurrent(invocation, guard, run)
  turnClock.leave(invocation)
}
