import type { LoadedRoute } from '../project/generation.ts'
import { describeRoute, describeRoutes } from '../project/route_names.ts'
import { longTurn, now, turnClock } from '../invocation/turn_clock.ts'

// Saved now, because libraries that fake time replace it.
const startTimer = setTimeout

/** Milliseconds between two checks. A block of {@link longTurn} plus this is always detected. */
const interval = 500
/** Milliseconds before a route is named again. */
const warningInterval = 60_000

/**
 * Logs which route has blocked the event loop. The turn clock measures the turns in which a route's
 * code begins. Code after an await or a timer is detected by a timer of this class that fires late.
 * The timer runs only while there are requests.
 */
export class LoopWatch {
  readonly #open: () => Iterable<LoadedRoute>
  readonly #warn: (text: string) => void
  readonly #check = (): void => this.#tick()
  #timer: NodeJS.Timeout | undefined
  #running = false
  #due = 0
  /** Whether a request has begun or ended since the last check. */
  #active = false
  #newestEnded: LoadedRoute | null = null
  /** Whether the turn clock has reported a long turn since the last check. */
  #reported = false
  readonly #namedAt = new Map<string, number>()

  /**
   * @param open returns the routes of the open invocations.
   * @param warn writes a line to the log.
   */
  constructor(open: () => Iterable<LoadedRoute>, warn: (text: string) => void) {
    this.#open = open
    this.#warn = warn
    turnClock.onLongTurn = (milliseconds, routes) => {
      this.#reported = true
      this.#report(milliseconds, routes, routes.length === 1)
    }
  }

  /** Records that an invocation has begun. */
  began(): void {
    this.#active = true
    if (!this.#running) this.#start()
  }

  /** Records that an invocation has ended. */
  ended(route: LoadedRoute): void {
    this.#newestEnded = route
  }

  #start(): void {
    this.#running = true
    this.#due = now() + interval
    if (this.#timer === undefined) this.#timer = startTimer(this.#check, interval).unref()
    else this.#timer.refresh()
  }

  #tick(): void {
    const late = now() - this.#due
    turnClock.noteTurn(late)
    const open = new Set(this.#open())
    // The invocation that blocked the loop may have ended by now.
    if (this.#newestEnded !== null) open.add(this.#newestEnded)
    if (late > longTurn && !this.#reported && open.size > 0) this.#report(late, [...open], false)
    this.#running = this.#active || open.size > 0
    this.#active = this.#reported = false
    this.#newestEnded = null
    if (this.#running) this.#start()
  }

  #report(milliseconds: number, routes: readonly LoadedRoute[], certain: boolean): void {
    const time = now()
    const fresh = routes.filter(
      ({ route }) => time - (this.#namedAt.get(route.path) ?? -warningInterval) >= warningInterval,
    )
    if (fresh.length === 0) return
    for (const { route } of fresh) this.#namedAt.set(route.path, time)
    const seconds = (milliseconds / 1000).toFixed(1)
    const which = fresh.length === 1 ? '' : 'one of '
    const where = certain
      ? `in ${describeRoute(routes[0]!)}`
      : `after an await or a timer, in ${which}${describeRoutes(fresh)}`
    this.#warn(
      `the event loop was blocked for ${seconds} s ${where}: this worker could not handle other requests`,
    )
  }
}
