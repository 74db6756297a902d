/**
 * Gives a process only a share of a CPU, as cpulimit does: alternately stops and continues it.
 * Needs no privileges, and works on a machine of any speed.
 */
export class Starvation {
  readonly #pid: number
  readonly #runs: number
  readonly #rests: number
  #timer: NodeJS.Timeout | undefined

  /** @param share of the time that the process runs; more than 0, less than 1. */
  constructor(pid: number, share: number, cycleMs = 200) {
    this.#pid = pid
    this.#runs = cycleMs * share
    this.#rests = cycleMs * (1 - share)
    this.#rest()
  }

  #rest(): void {
    if (this.#send('SIGSTOP')) this.#timer = setTimeout(() => this.#run(), this.#rests)
  }

  #run(): void {
    if (this.#send('SIGCONT')) this.#timer = setTimeout(() => this.#rest(), this.#runs)
  }

  /** Returns whether the process existed. */
  #send(signal: NodeJS.Signals): boolean {
    try {
      process.kill(this.#pid, signal)
      return true
    } catch {
      return false
    }
  }

  /** Lets the process run. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
    this.#send('SIGCONT')
  }
}
