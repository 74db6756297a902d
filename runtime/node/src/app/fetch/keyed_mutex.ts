/** A mutex for each key, in the order of arrival. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<void>>()

  /**
   * Waits until all earlier holders of the key have released it.
   * @returns a function that releases it; further calls have no effect.
   */
  async acquire(key: string): Promise<() => void> {
    const before = this.#last.get(key)
    let done!: () => void
    const turn = new Promise<void>((resolve) => (done = resolve))
    this.#last.set(key, turn)
    if (before !== undefined) await before
    return () => {
      if (this.#last.get(key) === turn) this.#last.delete(key)
      done()
    }
  }
}
