/**
 * Preserves files of the project that `next` writes to although its output goes elsewhere.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const names = ['next-env.d.ts', 'tsconfig.json']

/**
 * Remembers the text of files in order to restore it: both name the folder of types that a run of
 * `next` has written.
 */
export class PreservedFiles {
  readonly #texts = new Map<string, string | null>()

  /** @param tsconfig the project's `typescript.tsconfigPath`, if set. */
  constructor(root: string, tsconfig?: string) {
    for (const name of tsconfig === undefined ? names : [...names, tsconfig])
      this.#texts.set(join(root, name), textOf(join(root, name)))
  }

  /**
   * Restores the files that have changed. A file that cannot be written is left as it is: it only
   * affects types.
   */
  restore(): void {
    for (const [path, text] of this.#texts) {
      if (textOf(path) === text) continue
      try {
        if (text === null) rmSync(path, { force: true })
        else writeFileSync(path, text)
      } catch {
        // The file is read-only.
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
