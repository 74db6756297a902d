/**
 * What the light engine knows it cannot do as Next.js's bundler does, by the module that asks for
 * it. Plugins of the bundler note it while they load modules; the choice of a route's engine reads
 * it for all modules of the route's graph.
 */

/** One thing in one module. */
export interface Inexactness {
  /** Absolute path of the module. */
  readonly file: string
  /** Counted from 1; null where the whole file is meant, or a setting. */
  readonly line: number | null
  /**
   * What the module asks for, in words that end a sentence: "imports ./icon.svg through the loader
   * @svgr/webpack".
   */
  readonly what: string
  /** What the user can do without the engine `next`; null where nothing else helps. */
  readonly wayOut: string | null
}

/** Collects them for one build. */
export class InexactModules {
  readonly #byFile = new Map<string, Inexactness[]>()

  /** Before each build: every module is loaded again. */
  clear(): void {
    this.#byFile.clear()
  }

  note(found: Inexactness): void {
    const known = this.#byFile.get(found.file) ?? []
    const isKnown = known.some(({ line, what }) => line === found.line && what === found.what)
    if (!isKnown) this.#byFile.set(found.file, [...known, found])
  }

  /** Of the modules given, in their order. */
  of(files: Iterable<string>): Inexactness[] {
    return [...files].flatMap((file) => this.#byFile.get(file) ?? [])
  }
}
