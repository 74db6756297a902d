/**
 * Tells the server while modules are being imported that requests wait for: importing holds the event loop, for seconds
 * where a project is large, and has a limit of its own.
 */
class LoadingNotice {
  /** Told when the first of them begins and when the last is over. */
  onChange: ((loading: boolean) => void) | null = null
  #open = 0

  begin(): void {
    if (++this.#open === 1) this.onChange?.(true)
  }

  end(): void {
    if (--this.#open === 0) this.onChange?.(false)
  }
}

/** Of this worker. */
export const loadingNotice = new LoadingNotice()
