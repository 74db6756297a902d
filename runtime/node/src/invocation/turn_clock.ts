import type { LoadedRoute } from '../project/generation.ts'
import type { Invocation } from './invocation.ts'

// Taken now: libraries that fake time replace it.
const { hrtime } = process

/** Milliseconds of a clock that only goes forward; less to load than `performance`. */
export function now(): number {
  const time = hrtime()
  return time[0] * 1e3 + time[1] / 1e6
}

/** Turns up to this many milliseconds are taken for CPU as they are. */
const shortTurn = 1
/** Milliseconds. Longer turns are told of. */
export const longTurn = 1000

/** Of more a busy turn's array is let go. */
const keptRoutes = 1024

/**
 * Hears of a turn longer than {@link longTurn}, and which routes may have been it: one where it is
 * certain.
 */
export type LongTurn = (milliseconds: number, routes: readonly LoadedRoute[]) => void

/**
 * Books the event loop's time to routes. A turn begins when the first route's code is to run and
 * ends with the loop's iteration. With one request in a turn, all of it is that request's; with
 * more, the clock is read after each one's synchronous part and when one is over, and what is left
 * is shared.
 */
export class TurnClock {
  /** The invocation whose synchronous part runs now. */
  running: Invocation | null = null
  /** Told of long turns, after them. */
  onLongTurn: LongTurn | null = null
  readonly #end = (): void => this.#finish()
  /**
   * The routes whose code was to run in this turn, one for each invocation; the array is kept for
   * the next turns.
   */
  #routes: LoadedRoute[] = []
  #count = 0
  #begun = false
  /** Whether the turn's only invocation has returned and the clock was not read for it. */
  #unread = false
  #start = 0
  /** Up to here the turn is booked. */
  #mark = 0
  #mostSpent = 0
  #mostBy: LoadedRoute | null = null
  #longest = 0
  /** CPU of this thread, in ms, when it was last asked for, and the short turns since then. */
  #knownCpu = 0
  #shortTurns = 0

  /** Code of the route will run in this turn. */
  queue(route: LoadedRoute): void {
    this.#routes[this.#count++] = route
    if (this.#count === 1) setImmediate(this.#end)
  }

  /** The synchronous part of an invocation begins. */
  enter(invocation: Invocation): void {
    this.running = invocation
    if (!this.#begun) {
      this.#begun = true
      this.#start = this.#mark = now()
    } else if (this.#unread) {
      this.#unread = false
      this.#book(this.#routes[0]!)
    }
  }

  /** It has returned. */
  leave(invocation: Invocation): void {
    this.running = null
    if (this.#count === 1) this.#unread = true
    else this.#book(invocation.target)
  }

  /** An invocation is over: what ran since the clock was last read is taken for its work. */
  over(invocation: Invocation): void {
    if (this.#begun && this.running === null && this.#count > 1) this.#book(invocation.target)
  }

  /** Milliseconds of the longest turn since the last call. */
  takeLongest(): number {
    const longest = this.#longest
    this.#longest = 0
    return longest
  }

  /** A turn in which no route's code began has held the loop for so many milliseconds. */
  noteTurn(milliseconds: number): void {
    if (milliseconds > this.#longest) this.#longest = milliseconds
  }

  #book(route: LoadedRoute): void {
    const time = now()
    const spent = time - this.#mark
    this.#mark = time
    route.usage.milliseconds += spent
    if (spent > this.#mostSpent) {
      this.#mostSpent = spent
      this.#mostBy = route
    }
  }

  #finish(): void {
    const routes = this.#routes
    const count = this.#count
    if (this.#begun) {
      const end = now()
      const share = (end - this.#mark) / count
      for (let i = 0; i < count; ++i) routes[i]!.usage.milliseconds += share
      const turn = end - this.#start
      if (turn > this.#longest) this.#longest = turn
      if (turn <= shortTurn) this.#shortTurns += turn
      else this.#finishLong(turn)
      this.#begun = false
      this.#unread = false
      this.#mostSpent = 0
      this.#mostBy = null
    }
    this.#count = 0
    if (count > keptRoutes) this.#routes = []
  }

  #finishLong(turn: number): void {
    const culprit = this.#culprit(turn)
    this.#takeBackWaiting(turn, culprit ?? this.#routes[0]!)
    if (turn > longTurn)
      this.onLongTurn?.(
        turn,
        culprit === null ? [...new Set(this.#routes.slice(0, this.#count))] : [culprit],
      )
  }

  /** The route to which most of the turn belongs; null where it cannot be told. */
  #culprit(turn: number): LoadedRoute | null {
    if (this.#count === 1) return this.#routes[0]!
    return this.#mostSpent * 2 > turn ? this.#mostBy : null
  }

  /** Time that passed without CPU, in execSync() or while another process ran, is not booked. */
  #takeBackWaiting(turn: number, route: LoadedRoute): void {
    const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage()
    const cpu = (user + system) / 1000
    // What turns of other kinds used is in it too: so it is a bound, not a measure.
    const used = cpu - this.#knownCpu - this.#shortTurns
    this.#knownCpu = cpu
    this.#shortTurns = 0
    if (used < turn)
      route.usage.milliseconds = Math.max(0, route.usage.milliseconds - (turn - Math.max(0, used)))
  }
}

/** Of this worker. */
export const turnClock = new TurnClock()
