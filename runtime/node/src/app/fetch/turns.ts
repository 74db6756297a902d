/** One at a time for each key, in the order of coming. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /**
   * Waits until all who came before are done.
   * @returns what to call when done; calling it again does nothing.
   */
  async take(key: string): Promise<() => void> {
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
