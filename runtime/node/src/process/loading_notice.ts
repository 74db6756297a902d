// Taken now: libraries that fake time replace them.
const startTimer = setTimeout
const clearTimer = clearTimeout

/** Milliseconds. */
const longest = 60_000

/**
 * Tells the server while modules are being imported that requests wait for: importing holds the
 * event loop, for seconds where a project is large, and has a limit of its own.
 */
class LoadingNotice {
  /** Told when the first of them begins and when the last is over. */
  onChange: ((loading: boolean) => void) | null = null
  #open = 0

  /**
   * @returns what ends it; by itself it ends when a timer runs: an import that waits for something
   * holds no event loop.
   */
  begin(): () => void {
    if (++this.#open === 1) this.onChange?.(true)
    let over = false
    const end = (): void => {
      if (over) return
      over = true
      clearTimer(timer)
      if (--this.#open === 0) this.onChange?.(false)
    }
    const timer = startTimer(end, longest).unref()
    return end
  }
}

/** Of this worker. */
export const loadingNotice = new LoadingNotice()
