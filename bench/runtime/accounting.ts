/**
 * Measures what it costs per request to account its CPU time to its route: the calls of the turn
 * clock that the worker makes, without anything else, in turns of 1, 8 and 64 requests whose
 * handlers return at once, or respond after an await.
 *
 *     node bench/runtime/accounting.ts
 */
import type { LoadedRoute } from '../../runtime/node/src/project/generation.ts'
import type { Invocation } from '../../runtime/node/src/invocation/invocation.ts'
import { now, TurnClock } from '../../runtime/node/src/invocation/turn_clock.ts'

/** Requests per round. */
const requests = 2_000_000
const rounds = 7

const routes = Array.from(
  { length: 4 },
  () => ({ usage: { invocations: 0, milliseconds: 0 } }) as LoadedRoute,
)
const invocations = Array.from({ length: 64 }, (_, i) => ({ target: routes[i % 4]! }) as Invocation)

// The end of a turn is called directly, because a turn of the event loop would cost far more than
// what is measured.
let endTurn = (): void => undefined
const platform = globalThis as { setImmediate: unknown }
const { setImmediate: immediate } = globalThis
platform.setImmediate = (callback: () => void): void => void (endTurn = callback)
const clock = new TurnClock()
clock.queue(routes[0]!)
endTurn()

function turn(size: number, late: boolean): void {
  for (let i = 0; i < size; ++i) clock.queue(invocations[i]!.target)
  for (let i = 0; i < size; ++i) {
    const invocation = invocations[i]!
    ++invocation.target.usage.invocations
    clock.enter(invocation)
    if (!late) clock.over(invocation)
    clock.leave(invocation)
  }
  if (late) for (let i = 0; i < size; ++i) clock.over(invocations[i]!)
  endTurn()
}

/** Returns the nanoseconds per request of the best round: disturbances only make a round longer. */
function measure(size: number, late: boolean): number {
  let best = Infinity
  for (let round = 0; round < rounds; ++round) {
    const start = now()
    for (let i = 0; i < requests; i += size) turn(size, late)
    best = Math.min(best, ((now() - start) / requests) * 1e6)
  }
  return best
}

for (const late of [false, true]) {
  for (const size of [1, 8, 64]) {
    console.log(
      `${late ? 'after an await' : 'at once       '}, ${size} in a turn: ${measure(size, late).toFixed(0)} ns per request`,
    )
  }
}
platform.setImmediate = immediate
