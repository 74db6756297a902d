/** Files of the project that `next` writes where it runs, though its output goes elsewhere. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const names = ['next-env.d.ts', 'tsconfig.json']

/**
 * Remembers files, to give them back their text: both name the folder of types that a run of `next`
 * has written.
 */
export class KeptFiles {
  readonly #texts = new Map<string, string | null>()

  /** @param tsconfig the project's `typescript.tsconfigPath`, where it has one. */
  constructor(root: string, tsconfig?: string) {
    for (const name of tsconfig === undefined ? names : [...names, tsconfig])
      this.#texts.set(join(root, name), textOf(join(root, name)))
  }

  /**
   * Puts back what has changed since. What cannot be written stays as it is: it is a matter of
   * types alone.
   */
  restore(): void {
    for (const [path, text] of this.#texts) {
      if (textOf(path) === text) continue
      try {
        if (text === null) rmSync(path, { force: true })
        else writeFileSync(path, text)
      } catch {
        // Whoever has made it unwritable keeps it.
      }
    }
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
