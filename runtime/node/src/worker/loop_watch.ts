import type { LoadedRoute } from '../project/generation.ts'
import { describeRoute, describeRoutes } from '../project/routes_at_hand.ts'
import { longTurn, now, turnClock } from '../invocation/turn_clock.ts'

// Taken now: libraries that fake time replace it.
const startTimer = setTimeout

/** Milliseconds between two looks. Turns of {@link longTurn} and this together are always seen. */
const interval = 500
/** Milliseconds until a route is named again. */
const silence = 60_000

/**
 * Says in the log which route has held the event loop for long. The turn clock knows the turns in
 * which a route's code begins; for code after an await or a timer there is a timer of its own,
 * which comes late then. It runs while there are requests.
 */
export class LoopWatch {
  readonly #open: () => Iterable<LoadedRoute>
  readonly #warn: (text: string) => void
  readonly #look = (): void => this.#tick()
  #timer: NodeJS.Timeout | undefined
  #running = false
  #due = 0
  /** Whether a request has begun or ended since the last look. */
  #active = false
  #newestEnded: LoadedRoute | null = null
  /** Whether the turn clock has told of a long turn since the last look. */
  #told = false
  readonly #namedAt = new Map<string, number>()

  /**
   * @param open the routes of the open invocations.
   * @param warn takes a line for the log.
   */
  constructor(open: () => Iterable<LoadedRoute>, warn: (text: string) => void) {
    this.#open = open
    this.#warn = warn
    turnClock.onLongTurn = (milliseconds, routes) => {
      this.#told = true
      this.#tell(milliseconds, routes, routes.length === 1)
    }
  }

  /** An invocation has begun. */
  began(): void {
    this.#active = true
    if (!this.#running) this.#start()
  }

  /** An invocation is over. */
  ended(route: LoadedRoute): void {
    this.#newestEnded = route
  }

  #start(): void {
    this.#running = true
    this.#due = now() + interval
    if (this.#timer === undefined) this.#timer = startTimer(this.#look, interval).unref()
    else this.#timer.refresh()
  }

  #tick(): void {
    const late = now() - this.#due
    turnClock.noteTurn(late)
    const open = new Set(this.#open())
    // What held the loop may be over by now.
    if (this.#newestEnded !== null) open.add(this.#newestEnded)
    if (late > longTurn && !this.#told && open.size > 0) this.#tell(late, [...open], false)
    this.#running = this.#active || open.size > 0
    this.#active = this.#told = false
    this.#newestEnded = null
    if (this.#running) this.#start()
  }

  #tell(milliseconds: number, routes: readonly LoadedRoute[], certain: boolean): void {
    const time = now()
    const fresh = routes.filter(
      ({ route }) => time - (this.#namedAt.get(route.path) ?? -silence) >= silence,
    )
    if (fresh.length === 0) return
    for (const { route } of fresh) this.#namedAt.set(route.path, time)
    const seconds = (milliseconds / 1000).toFixed(1)
    const which = fresh.length === 1 ? '' : 'one of '
    const where = certain
      ? `in ${describeRoute(routes[0]!)}`
      : `after an await or a timer, in ${which}${describeRoutes(fresh)}`
    this.#warn(
      `the event loop stood still for ${seconds} s ${where}: no other request of this worker was answered meanwhile`,
    )
  }
}
