/**
 * Samples the memory of the server's own process, without its workers, while clients are active.
 */
import { readFileSync } from 'node:fs'

/** Returns the resident bytes of one process. */
export function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024
}

/** Samples until it is stopped. */
export class MemoryWatch {
  readonly #pid: number
  readonly #timer: NodeJS.Timeout
  #peak: number

  constructor(pid: number) {
    this.#pid = pid
    this.#peak = residentBytes(pid)
    this.#timer = setInterval(() => this.#look(), 50)
  }

  #look(): void {
    this.#peak = Math.max(this.#peak, residentBytes(this.#pid))
  }

  /** Stops and returns the peak since the beginning, in bytes. */
  stop(): number {
    this.#look()
    clearInterval(this.#timer)
    return this.#peak
  }
}
