// Saved now, because libraries that fake time replace them.
const startTimer = setTimeout
const clearTimer = clearTimeout

/** Longest time that one import is reported as loading, in milliseconds. */
const longest = 60_000

/**
 * Reports to the server while modules are imported for waiting requests. Importing blocks the event
 * loop, for seconds in a large project, and has a time limit of its own.
 */
class LoadingNotice {
  /** Called when the first import begins and when the last one has ended. */
  onChange: ((loading: boolean) => void) | null = null
  #open = 0

  /**
   * @returns a function that ends the report. A timer ends it too: an import that waits for
   * something does not block the event loop.
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

/** The notice of this worker. */
export const loadingNotice = new LoadingNotice()
