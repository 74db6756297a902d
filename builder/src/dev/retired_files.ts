/**
 * Finds the files of modules that no generation needs any more.
 */

/** Generations for which the file of a module that has been replaced is kept. */
const keptGenerations = 8

/** The files of one development server. */
export class RetiredFiles {
  #listed: ReadonlySet<string> = new Set()
  /** Files that no list contains any more, with the number of builds since. */
  readonly #retired = new Map<string, number>()

  /** Takes the files of a new generation. @returns those to remove. */
  next(listed: ReadonlySet<string>): string[] {
    for (const file of this.#listed) if (!listed.has(file)) this.#retired.set(file, 0)
    this.#listed = listed
    const old: string[] = []
    for (const [file, builds] of this.#retired) {
      if (listed.has(file)) this.#retired.delete(file)
      else if (builds < keptGenerations) this.#retired.set(file, builds + 1)
      else {
        this.#retired.delete(file)
        old.push(file)
      }
    }
    return old
  }
}
