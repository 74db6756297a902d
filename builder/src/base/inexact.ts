/**
 * Records what the light engine cannot compile exactly as Next.js's bundler does, by the module
 * that requires it. Plugins of the bundler add entries while they load modules; the choice of a
 * route's engine reads the entries of all modules of the route's graph.
 */

/** One construct in one module. */
export interface Inexactness {
  /** Absolute path of the module. */
  readonly file: string
  /** Counted from 1; null for the whole file or a setting. */
  readonly line: number | null
  /**
   * What the module requires, worded to end a sentence: "imports ./icon.svg through the loader
   * @svgr/webpack".
   */
  readonly what: string
  /** What the user can do without the engine `next`; null if there is no alternative. */
  readonly wayOut: string | null
}

/** Collects the entries of one build. */
export class InexactModules {
  readonly #byFile = new Map<string, Inexactness[]>()

  /** Called before each build, because every module is loaded again. */
  clear(): void {
    this.#byFile.clear()
  }

  note(found: Inexactness): void {
    const known = this.#byFile.get(found.file) ?? []
    const isKnown = known.some(({ line, what }) => line === found.line && what === found.what)
    if (!isKnown) this.#byFile.set(found.file, [...known, found])
  }

  /** Returns the entries of the given modules, in their order. */
  of(files: Iterable<string>): Inexactness[] {
    return [...files].flatMap((file) => this.#byFile.get(file) ?? [])
  }
}
