import type { LoadedRoute } from '../project/generation.ts'
import type { Invocation } from './invocation.ts'

// Saved now, because libraries that fake time replace it.
const { hrtime } = process

/** Milliseconds of a monotonic clock. Loads less code than `performance`. */
export function now(): number {
  const time = hrtime()
  return time[0] * 1e3 + time[1] / 1e6
}

/** Turns up to this many milliseconds are counted as CPU time without asking the system. */
const shortTurn = 1
/** Milliseconds. Longer turns are reported. */
export const longTurn = 1000

/** The array of routes is released after a turn with more than this many. */
const maxReusedRoutes = 1024

/**
 * Receives a turn longer than {@link longTurn} and the routes that may have caused it: a single one
 * if it is certain.
 */
export type LongTurn = (milliseconds: number, routes: readonly LoadedRoute[]) => void

/**
 * Attributes the event loop's time to routes. A turn begins when the first route's code is about to
 * run and ends with the loop's iteration. A turn with one request belongs to that request. With
 * more requests, the clock is read after each synchronous part and when an invocation ends, and the
 * rest is divided equally.
 */
export class TurnClock {
  /** The invocation whose synchronous part is running. */
  running: Invocation | null = null
  /** Called after a long turn. */
  onLongTurn: LongTurn | null = null
  readonly #end = (): void => this.#finish()
  /**
   * The routes whose code is scheduled in this turn, one entry for each invocation. The array is
   * reused.
   */
  #routes: LoadedRoute[] = []
  #count = 0
  #begun = false
  /** Whether the turn's only invocation has returned and the clock has not been read for it. */
  #unread = false
  #start = 0
  /** The time up to which the turn is attributed. */
  #mark = 0
  #mostSpent = 0
  #mostBy: LoadedRoute | null = null
  #longest = 0
  /** CPU time of this thread in ms when last read, and the sum of the short turns since. */
  #knownCpu = 0
  #shortTurns = 0

  /** Code of the route is scheduled in this turn. */
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

  /** The synchronous part of an invocation has returned. */
  leave(invocation: Invocation): void {
    this.running = null
    if (this.#count === 1) this.#unread = true
    else this.#book(invocation.target)
  }

  /** An invocation has ended: the time since the clock was last read is attributed to it. */
  over(invocation: Invocation): void {
    if (this.#begun && this.running === null && this.#count > 1) this.#book(invocation.target)
  }

  /** Returns the milliseconds of the longest turn since the last call. */
  takeLongest(): number {
    const longest = this.#longest
    this.#longest = 0
    return longest
  }

  /** Records a turn of this many milliseconds in which no route's code began. */
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
    if (count > maxReusedRoutes) this.#routes = []
  }

  #finishLong(turn: number): void {
    const culprit = this.#culprit(turn)
    this.#subtractIdle(turn, culprit ?? this.#routes[0]!)
    if (turn > longTurn)
      this.onLongTurn?.(
        turn,
        culprit === null ? [...new Set(this.#routes.slice(0, this.#count))] : [culprit],
      )
  }

  /** The route that took most of the turn; null if that is unknown. */
  #culprit(turn: number): LoadedRoute | null {
    if (this.#count === 1) return this.#routes[0]!
    return this.#mostSpent * 2 > turn ? this.#mostBy : null
  }

  /** Subtracts time that passed without CPU, in execSync() or while another process ran. */
  #subtractIdle(turn: number, route: LoadedRoute): void {
    const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage()
    const cpu = (user + system) / 1000
    // This includes the CPU time of turns without routes, so it is an upper bound.
    const used = cpu - this.#knownCpu - this.#shortTurns
    this.#knownCpu = cpu
    this.#shortTurns = 0
    if (used < turn)
      route.usage.milliseconds = Math.max(0, route.usage.milliseconds - (turn - Math.max(0, used)))
  }
}

/** The clock of this worker. */
export const turnClock = new TurnClock()
